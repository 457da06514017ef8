package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// aligned aligns the columns of a table by ps(1) again, as narrow as they can be. ps
// has aligned them for all processes of the host, except where a value was too wide
// for its column. A table that cannot be taken apart stays as it is.
func aligned(table string) string {
	rows, ok := separate(table)
	if !ok {
		return table
	}
	last := len(rows[0]) - 1
	formats := make([]string, last)
	for column := range formats {
		formats[column] = columnFormat(rows, column)
	}
	var b strings.Builder
	for _, row := range rows {
		for column, format := range formats {
			fmt.Fprintf(&b, format, row[column])
		}
		b.WriteString(row[last] + "\n")
	}
	return b.String()
}

// blankFree are the headings of those columns of ps(1) whose values have no blanks, so
// that a row can be taken apart.
var blankFree = [...]string{
	"UID", "USER", "RUSER", "EUSER", "GROUP", "PID", "PPID", "PGID", "PGRP", "SID", "SESS", "LWP", "SPID", "TID", "NLWP", "THCNT",
	"C", "PRI", "NI", "CLS", "PSR", "%CPU", "%MEM", "VSZ", "SZ", "RSS", "RES", "ADDR", "WCHAN", "TTY", "TT", "STAT", "S", "F",
	"TIME", "ELAPSED", "STIME", "START",
}

// isMonth reports whether a field is the first of the two words that some options print
// for START, such as Nov 29.
func isMonth(field string) bool {
	return len(field) == 3 && 'A' <= field[0] && field[0] <= 'Z' && strings.Trim(field[1:], "abcdefghijklmnopqrstuvwxyz") == ""
}

// separate takes the rows of a table apart, and reports whether it can. The last
// column, and only this one, may have blanks.
func separate(table string) (rows [][]string, ok bool) {
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if rows == nil {
			rows = append(rows, fields)
			continue
		}
		last := len(rows[0]) - 1
		if len(fields) <= last {
			return nil, false
		}
		for column, heading := range rows[0][:last] {
			if !slices.Contains(blankFree[:], heading) || heading == "START" && isMonth(fields[column]) {
				return nil, false
			}
		}
		rows = append(rows, append(fields[:last:last], behindFields(line, last)))
	}
	return rows, len(rows) > 0 && len(rows[0]) > 0
}

// behindFields returns what is behind the first n fields of a line.
func behindFields(line string, n int) string {
	line = strings.TrimSpace(line)
	for range n {
		line = strings.TrimLeftFunc(line[strings.IndexFunc(line, unicode.IsSpace):], unicode.IsSpace)
	}
	return line
}

// isNumber reports whether a field is aligned on the right.
func isNumber(field string) bool {
	return field != "" && '0' <= field[0] && field[0] <= '9' && strings.Trim(field, "0123456789.:-") == ""
}

// columnFormat returns the format of a column with the blank behind it.
func columnFormat(rows [][]string, column int) string {
	width, left := 0, ""
	for i, row := range rows {
		width = max(width, utf8.RuneCountInString(row[column]))
		if i > 0 && !isNumber(row[column]) {
			left = "-"
		}
	}
	return fmt.Sprintf("%%%s%ds ", left, width)
}
