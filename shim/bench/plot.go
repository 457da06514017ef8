package main

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
	rowHeight  = 32
	topHeight  = 64
	plotWidth  = labelWidth + unitWidth*5/4
)

// colours are those of the bars, one for each of the others.
var colours = [...]string{"#2a6f97", "#e07a5f"}

// plot draws what rt's shim takes of what the others take, as bars in SVG. A mark in a bar
// is what it is to be.
func (r *result) plot() string {
	var b strings.Builder
	metrics := r.compared()
	height := topHeight + rowHeight*len(metrics) + 8
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, height)
	fmt.Fprintf(&b, `<text x="8" y="20" font-size="14">What rt's shim takes of what containerd's shim takes (less is better)</text>`+"\n")
	for i, name := range r.others() {
		x := 8 + 170*i
		fmt.Fprintf(&b, `<rect x="%d" y="34" width="11" height="11" fill="%s"/><text x="%d" y="44">with %s</text>`+"\n", x, colours[i%len(colours)], x+16, html.EscapeString(name))
	}
	fmt.Fprintf(&b, `<rect x="%d" y="32" width="2" height="15" fill="black"/><text x="%d" y="44">the aim</text>`+"\n", 8+170*2, 16+170*2)
	for _, at := range []float64{0, 0.25, 0.5, 0.75, 1} {
		x := labelWidth + at*unitWidth
		fmt.Fprintf(&b, `<line x1="%g" y1="%d" x2="%g" y2="%d" stroke="#ccc"/><text x="%g" y="%d" text-anchor="middle">%g</text>`+"\n", x, topHeight-4, x, height-8, x, topHeight-8, at)
	}
	for i, m := range metrics {
		r.plotRow(&b, m, topHeight+rowHeight*i)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// compared are the metrics whose ratios say something.
func (r *result) compared() (list []*metric) {
	for _, m := range r.Metrics {
		if !m.Alone {
			list = append(list, m)
		}
	}
	return list
}

// plotRow draws the bars of one metric.
func (r *result) plotRow(b *strings.Builder, m *metric, y int) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labelWidth-8, y+barHeight+4, html.EscapeString(m.Title))
	for i, name := range r.others() {
		ratio := m.Figures[i+1].Ratio
		top := y + (barHeight+1)*i
		width := min(ratio*unitWidth, plotWidth-labelWidth-40)
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`, labelWidth, top, width, barHeight, colours[i%len(colours)])
		fmt.Fprintf(b, `<text x="%.1f" y="%d" font-size="10">%.2f</text>`, labelWidth+width+4, top+barHeight-2, ratio)
		if aim := m.Aims[name]; aim != 0 {
			fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="2" height="%d" fill="black"/>`, labelWidth+aim*unitWidth, top, barHeight)
		}
		b.WriteString("\n")
	}
}
