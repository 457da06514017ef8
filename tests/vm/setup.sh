#!/bin/sh
# Makes a Debian system into a guest. mmdebstrap runs it outside of the system's
# tree as its last hook.
#
# usage: setup.sh TREE OUT KEY
#   TREE  the root directory of the new system
#   OUT   where vmlinuz and initrd.img go
#   KEY   the public key that may log in
set -eu
tree=$1 out=$2 key=$3

write() { # PATH: standard input becomes a file of the tree
	mkdir -p "$tree$(dirname "$1")"
	cat >"$tree$1"
}

# Two users: root, and an ordinary one that is logged in from the start.
chroot "$tree" useradd --create-home --shell /bin/bash --uid 1000 user
mkdir -p "$tree/var/lib/systemd/linger"
touch "$tree/var/lib/systemd/linger/user"
for home in root home/user; do
	mkdir -p "$tree/$home/.ssh"
	cp "$key" "$tree/$home/.ssh/authorized_keys"
	chmod 0600 "$tree/$home/.ssh/authorized_keys"
done
chroot "$tree" chown -R user:user /home/user/.ssh

# systemd delegates cpu, memory and pids to users unless it is told more.
write /etc/systemd/system/user@.service.d/delegate.conf <<-END
	[Service]
	Delegate=cpu cpuset io memory pids
END

# A guest of another architecture is slow, and more so on a busy machine.
write /etc/systemd/system.conf.d/patience.conf <<-END
	[Manager]
	DefaultTimeoutStartSec=900
	DefaultDeviceTimeoutSec=900
END

# On v1 systemd puts its root slice in order whenever it needs another controller for
# some unit: it moves processes that are in no unit's cgroup to the root, and
# removes what is empty. Where it needs all controllers all the time it does not.
write /etc/systemd/system.conf.d/accounting.conf <<-END
	[Manager]
	DefaultCPUAccounting=yes
	DefaultIOAccounting=yes
	DefaultBlockIOAccounting=yes
	DefaultMemoryAccounting=yes
	DefaultTasksAccounting=yes
END

# The only network is qemu's own, with the host alone on it.
write /etc/systemd/network/eth0.network <<-END
	[Match]
	Name=eth0
	[Network]
	Address=10.0.2.15/24
	LinkLocalAddressing=no
	IPv6AcceptRA=no
END
chroot "$tree" systemctl -q enable systemd-networkd ssh
write /etc/ssh/sshd_config.d/guest.conf <<-END
	PasswordAuthentication no
	UseDNS no
	MaxSessions 100
END

# Nothing that starts by itself some day, and nothing that waits.
rm -f "$tree"/etc/systemd/system/timers.target.wants/*
chroot "$tree" systemctl -q mask systemd-networkd-wait-online e2scrub_reap getty@tty1
write /etc/systemd/journald.conf.d/guest.conf <<-END
	[Journal]
	Storage=volatile
END
echo guest | write /etc/hostname
write /etc/hosts <<-END
	127.0.0.1 localhost guest
END
write /etc/fstab </dev/null
mkdir -p "$tree/rt" "$tree/run"

# The host's directories come by these.
printf '%s\n' 9pnet_virtio 9p | write /etc/modules-load.d/guest.conf

# An initrd that knows this machine and no other loads in a second.
write /etc/initramfs-tools/conf.d/guest <<-END
	MODULES=list
	COMPRESS=zstd
END
bus=virtio_pci
[ "$(chroot "$tree" dpkg --print-architecture)" != s390x ] || bus=virtio_ccw
printf '%s\n' $bus virtio_blk ext4 >>"$tree/etc/initramfs-tools/modules"
chroot "$tree" update-initramfs -c -k all >/dev/null

cp "$tree"/boot/vmlinu?-* "$out/vmlinuz"
cp "$tree"/boot/initrd.img-* "$out/initrd.img"
rm -rf "$tree"/boot/* "$tree"/usr/share/doc/*
