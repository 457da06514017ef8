package plantext

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/plan"
)

// labelWidth is the width of the labels of a summary.
const labelWidth = 15

// summary prints what the container sees of its host, on a screen.
func (p *paper) summary(of *plan.Plan) {
	what := "start of the container " + of.ID
	if of.Kind == plan.Exec {
		what = "exec in the container " + of.ID
	}
	p.hang("", 0, bold, what+" of "+plan.Printable(of.Bundle))
	p.risks(of)
	p.line("")
	for _, t := range summaryTopics() {
		p.topic(t.label, t.rows(of))
	}
	for _, text := range of.Refused {
		p.topic("would fail", []row{{text: plan.Printable(text), risk: "create refuses it on this host"}})
	}
	for _, text := range of.Warnings {
		p.topic("warning", []row{{text: plan.Printable(text)}})
	}
}

// risks says how much there is to look at.
func (p *paper) risks(of *plan.Plan) {
	n := 0
	for _, f := range of.Summary {
		if f.Risk != "" {
			n++
		}
	}
	if n > 0 {
		p.hang(p.ink(alarm, "! "), 2, plain, fmt.Sprintf("marks what goes beyond what engines give every container: %s", plan.Plural(n, "time")))
	}
}

// row is a line of a summary.
type row struct {
	text, risk string
}

// topic prints the rows of a topic, with the label in front of the first.
func (p *paper) topic(label string, rows []row) {
	for i, r := range rows {
		left := ""
		if i == 0 {
			left = p.ink(bold, label)
		}
		if r.risk == "" {
			p.hang(left, labelWidth, plain, r.text)
			continue
		}
		left += strings.Repeat(" ", labelWidth-2-columns(left))
		p.hang(left+p.ink(alarm, "! "), labelWidth, red, r.text+": "+r.risk)
	}
}

// summaryTopic makes the rows of a topic.
type summaryTopic struct {
	label string
	rows  func(*plan.Plan) []row
}

func summaryTopics() []summaryTopic {
	return []summaryTopic{
		{"program", programRows},
		{"identity", identityRows},
		{"namespaces", namespaceRows},
		{"root", func(of *plan.Plan) []row { return joined(of, plan.Rootfs) }},
		{"host paths", hostRows},
		{"file systems", func(of *plan.Plan) []row { return brief(of, plan.FileSystems, typeAt) }},
		{"hidden", hiddenRows},
		{"capabilities", capabilityRows},
		{"confinement", confinementRows},
		{"cgroup", func(of *plan.Plan) []row { return joined(of, plan.Cgroup) }},
		{"limits", func(of *plan.Plan) []row { return joined(of, plan.Limits) }},
		{"devices", deviceRows},
		{"hooks", func(of *plan.Plan) []row { return single(of, plan.Hooks) }},
		{"network", func(of *plan.Plan) []row { return joined(of, plan.Network) }},
		{"kernel", func(of *plan.Plan) []row { return joined(of, plan.Kernel) }},
		{"process", func(of *plan.Plan) []row { return joined(of, plan.Process) }},
		{"terminal", terminalRows},
		{"annotations", func(of *plan.Plan) []row { return single(of, plan.Annotations) }},
	}
}

// brief returns the facts without a risk in one row, and each of the others in a
// row of its own.
func brief(of *plan.Plan, t plan.Topic, text func(plan.Fact) string) []row {
	var calm []string
	var list []row
	for _, f := range of.About(t) {
		if f.Risk != "" {
			list = append(list, row{text(f), f.Risk})
		} else {
			calm = append(calm, text(f))
		}
	}
	if len(calm) > 0 {
		list = slices.Insert(list, 0, row{text: strings.Join(calm, "; ")})
	}
	return list
}

func joined(of *plan.Plan, t plan.Topic) []row { return brief(of, t, keyValue) }

func keyValue(f plan.Fact) string {
	key, value := plan.Printable(f.Key), plan.Printable(f.Value)
	switch {
	case key == "path" || key == "mode" || key == "access":
		return value
	case value == "":
		return key
	}
	return key + " " + value
}

// single returns a row for each fact.
func single(of *plan.Plan, t plan.Topic) (list []row) {
	for _, f := range of.About(t) {
		list = append(list, row{keyValue(f), f.Risk})
	}
	return list
}

// value returns the value of a fact, or "".
func value(of *plan.Plan, t plan.Topic, key string) string {
	for _, f := range of.About(t) {
		if f.Key == key {
			return plan.Printable(f.Value)
		}
	}
	return ""
}
