package plantext

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/plan"
)

// programRows has the program, and only the names of the variables: their values
// may be secrets.
func programRows(of *plan.Plan) []row {
	list := []row{{text: value(of, plan.Program, "args") + "   in " + value(of, plan.Program, "cwd")}}
	var names []string
	for _, f := range of.About(plan.Environment) {
		names = append(names, plan.Printable(f.Key))
	}
	if len(names) > 0 {
		list = append(list, row{text: "with " + plan.Plural(len(names), "variable") + ": " + strings.Join(names, " ")})
	}
	return list
}

func identityRows(of *plan.Plan) []row {
	groups := value(of, plan.Identity, "groups")
	list := []row{{text: fmt.Sprintf("user %s, group %s, other groups %s, umask %s",
		value(of, plan.Identity, "user"), value(of, plan.Identity, "group"), groups, value(of, plan.Identity, "umask"))}}
	user, group := value(of, plan.Identity, "user on the host"), value(of, plan.Identity, "group on the host")
	if id, why, found := strings.Cut(user, ": "); found {
		gid, _, _ := strings.Cut(group, ": ")
		list = append(list, row{text: "on the host user " + id + ", group " + gid + ": " + why})
	} else {
		list = append(list, row{text: "on the host user " + user + ", group " + group})
	}
	for _, f := range of.About(plan.Identity) {
		if f.Key == "user ids" || f.Key == "group ids" {
			list = append(list, row{keyValue(f), f.Risk})
		}
	}
	return list
}

// namespaceRows has the types by what becomes of them.
func namespaceRows(of *plan.Plan) []row {
	var kinds []string
	types := map[string][]string{}
	var list []row
	for _, f := range of.About(plan.Namespaces) {
		switch {
		case f.Risk != "":
			list = append(list, row{keyValue(f), f.Risk})
		case strings.HasPrefix(f.Value, "joined") || strings.Contains(f.Key, " "):
			list = append(list, row{text: keyValue(f)})
		default:
			if types[f.Value] == nil {
				kinds = append(kinds, f.Value)
			}
			types[f.Value] = append(types[f.Value], f.Key)
		}
	}
	var texts []string
	for _, kind := range kinds {
		texts = append(texts, kind+": "+strings.Join(types[kind], " "))
	}
	if len(texts) > 0 {
		list = slices.Insert(list, 0, row{text: strings.Join(texts, "; ")})
	}
	return list
}

// hostRows has each path of the host with its place in the container.
func hostRows(of *plan.Plan) []row {
	if of.Kind == plan.Exec {
		return nil
	}
	facts := of.About(plan.HostPaths)
	if len(facts) == 0 {
		return []row{{text: "none"}}
	}
	list := []row{{text: plan.Plural(len(facts), "path") + " of the host"}}
	for _, f := range facts {
		source, options := cutOptions(f.Value)
		list = append(list, row{modeOf(options) + "  " + plan.Printable(source) + " → " + plan.Printable(f.Key), f.Risk})
	}
	return list
}

// deviceRows has the devices that may be used, and the nodes, behind what holds for
// the others.
func deviceRows(of *plan.Plan) []row {
	list := joined(of, plan.Devices)
	if len(list) > 0 {
		list[0].text = strings.Replace(list[0].text, "; ", ", and ", 1)
	}
	return list
}

// cutOptions returns what is mounted, and the options behind it.
func cutOptions(value string) (what, options string) {
	if i := strings.LastIndex(value, " ("); i >= 0 {
		return value[:i], strings.TrimSuffix(value[i+2:], ")")
	}
	return value, ""
}

func modeOf(options string) string {
	mode, _, _ := strings.Cut(options, ",")
	return mode
}

// typeAt is a file system and where it is. The other options are in the plan's JSON.
func typeAt(f plan.Fact) string {
	kind, options := cutOptions(f.Value)
	if modeOf(options) == "ro" {
		kind += " (ro)"
	}
	return plan.Printable(kind) + " at " + plan.Printable(f.Key)
}

func hiddenRows(of *plan.Plan) []row {
	n := map[string]int{}
	var list []row
	for _, f := range of.About(plan.Hidden) {
		if f.Risk != "" {
			list = append(list, row{keyValue(f), f.Risk})
			continue
		}
		n[f.Value]++
	}
	var texts []string
	for _, kind := range []string{"masked", "read-only"} {
		if n[kind] > 0 {
			texts = append(texts, plan.Plural(n[kind], "path")+" "+kind)
		}
	}
	if len(texts) > 0 {
		list = slices.Insert(list, 0, row{text: strings.Join(texts, ", ")})
	}
	return list
}

// capabilityRows has the sets that most capabilities are in only once.
func capabilityRows(of *plan.Plan) []row {
	facts := of.About(plan.Capabilities)
	if len(facts) == 0 {
		return []row{{text: "none"}}
	}
	var order []string
	sets := map[string][]string{}
	var mighty []string
	for _, f := range facts {
		name := strings.TrimPrefix(f.Key, "CAP_")
		if sets[f.Value] == nil {
			order = append(order, f.Value)
		}
		sets[f.Value] = append(sets[f.Value], name)
		if f.Risk != "" {
			mighty = append(mighty, name+" ("+f.Risk+")")
		}
	}
	var list []row
	for _, set := range order {
		list = append(list, row{text: fmt.Sprintf("%d (%s): %s", len(sets[set]), set, strings.Join(sets[set], " "))})
	}
	if len(mighty) > 0 {
		list = append(list, row{strings.Join(mighty, ", "), "more than engines grant"})
	}
	return list
}

func confinementRows(of *plan.Plan) []row {
	return brief(of, plan.Confinement, func(f plan.Fact) string {
		if f.Key == "seccomp" && f.Risk == "" {
			return "seccomp: " + strings.ReplaceAll(f.Value, "; ", ", ")
		}
		return keyValue(f)
	})
}

func terminalRows(of *plan.Plan) []row {
	return []row{{text: value(of, plan.Terminal, "terminal") + "; session keyring " + value(of, plan.Terminal, "keyring")}}
}
