package measure

import (
	"fmt"
	"html"
	"strings"
)

// Sizes of the plot, in pixels.
const (
	labelWidth = 420
	unitWidth  = 360 // of the ratio 1
	barHeight  = 11
	topHeight  = 64
	plotWidth  = labelWidth + unitWidth*5/4
)

// colours are those of the bars, one for each of the others.
var colours = [...]string{"#2a6f97", "#e07a5f", "#81b29a", "#6d597a"}

// Plot draws what the first peer takes of what the others take, as bars in SVG. A mark in
// a bar is what it is to be.
func (r *Result) Plot(title string) string {
	var b strings.Builder
	metrics := r.plotted()
	height := topHeight + r.rowHeight()*len(metrics) + 8
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, height)
	fmt.Fprintf(&b, `<text x="8" y="20" font-size="14">%s</text>`+"\n", html.EscapeString(title))
	r.plotKey(&b)
	for _, at := range []float64{0, 0.25, 0.5, 0.75, 1} {
		x := labelWidth + at*unitWidth
		fmt.Fprintf(&b, `<line x1="%g" y1="%d" x2="%g" y2="%d" stroke="#ccc"/><text x="%g" y="%d" text-anchor="middle">%g</text>`+"\n", x, topHeight-4, x, height-8, x, topHeight-8, at)
	}
	for i, m := range metrics {
		r.plotRow(&b, m, topHeight+r.rowHeight()*i)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// plotted are the metrics that get bars.
func (r *Result) plotted() (list []*Metric) {
	for _, m := range r.Metrics {
		if m.Plotted && !m.Alone {
			list = append(list, m)
		}
	}
	return list
}

func (r *Result) rowHeight() int { return (barHeight+1)*len(r.others()) + 8 }

// plotKey says which bars are whose.
func (r *Result) plotKey(b *strings.Builder) {
	others := r.others()
	for i, name := range others {
		x := 8 + 130*i
		fmt.Fprintf(b, `<rect x="%d" y="34" width="11" height="11" fill="%s"/><text x="%d" y="44">of %s</text>`+"\n", x, colours[i%len(colours)], x+16, html.EscapeString(name))
	}
	for _, m := range r.plotted() {
		if len(m.Aims) > 0 {
			x := 8 + 130*len(others)
			fmt.Fprintf(b, `<rect x="%d" y="32" width="2" height="15" fill="black"/><text x="%d" y="44">the aim</text>`+"\n", x, x+8)
			return
		}
	}
}

// plotRow draws the bars of one metric.
func (r *Result) plotRow(b *strings.Builder, m *Metric, y int) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labelWidth-8, y+r.rowHeight()/2, html.EscapeString(m.Title))
	for i, name := range r.others() {
		f := m.Figures[i+1]
		if f.Ratio == 0 {
			continue
		}
		top := y + (barHeight+1)*i
		width := min(f.Ratio*unitWidth, plotWidth-labelWidth-40)
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`, labelWidth, top, width, barHeight, colours[i%len(colours)])
		fmt.Fprintf(b, `<text x="%.1f" y="%d" font-size="10">%.2f</text>`, labelWidth+width+4, top+barHeight-2, f.Ratio)
		if aim := m.Aims[name]; aim != 0 {
			fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="2" height="%d" fill="black"/>`, labelWidth+aim*unitWidth, top, barHeight)
		}
		b.WriteString("\n")
	}
}
