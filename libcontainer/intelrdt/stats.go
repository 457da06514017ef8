package intelrdt

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Stats has resctrl's values for a container. Its layout as JSON is that of
// runc's event "stats".
type Stats struct {
	CacheInfo       *CacheInfo     `json:"l3_cache_info,omitempty"`
	CacheSchemaRoot string         `json:"l3_cache_schema_root,omitempty"`
	CacheSchema     string         `json:"l3_cache_schema,omitempty"`
	BandwidthInfo   *BandwidthInfo `json:"mem_bw_info,omitempty"`
	BandwidthRoot   string         `json:"mem_bw_schema_root,omitempty"`
	Bandwidth       string         `json:"mem_bw_schema,omitempty"`
	// The following have an element for each L3 cache.
	BandwidthUse []BandwidthUse `json:"mbm_stats,omitempty"`
	CacheUse     []CacheUse     `json:"cmt_stats,omitempty"`
}

// CacheInfo describes the schemas for the L3 cache that the machine accepts.
type CacheInfo struct {
	Mask    string `json:"cbm_mask,omitempty"`
	MinBits uint64 `json:"min_cbm_bits,omitempty"`
	Classes uint64 `json:"num_closids,omitempty"`
}

// BandwidthInfo describes the schemas for memory bandwidth that the machine
// accepts.
type BandwidthInfo struct {
	Granularity uint64 `json:"bandwidth_gran,omitempty"`
	DelayLinear uint64 `json:"delay_linear,omitempty"`
	Min         uint64 `json:"min_bandwidth,omitempty"`
	Classes     uint64 `json:"num_closids,omitempty"`
}

// BandwidthUse is the amount of transferred data, in bytes.
type BandwidthUse struct {
	Total uint64 `json:"mbm_total_bytes,omitempty"`
	Local uint64 `json:"mbm_local_bytes,omitempty"`
}

// CacheUse is the occupied part of a cache in bytes.
type CacheUse struct {
	Occupancy uint64 `json:"llc_occupancy,omitempty"`
}

// Stats reads the values that the machine has. Others are zero.
func (g *Group) Stats() Stats {
	var s Stats
	root, own := g.schemata(g.Root), g.schemata(g.Class)
	if dir := filepath.Join(g.Root, "info", "L3"); exists(dir) {
		s.CacheInfo = &CacheInfo{Mask: text(dir, "cbm_mask"), MinBits: count(dir, "min_cbm_bits"), Classes: count(dir, "num_closids")}
		s.CacheSchemaRoot, s.CacheSchema = root["L3"], own["L3"]
	}
	if dir := filepath.Join(g.Root, "info", "MB"); exists(dir) {
		s.BandwidthInfo = &BandwidthInfo{
			Granularity: count(dir, "bandwidth_gran"), DelayLinear: count(dir, "delay_linear"),
			Min: count(dir, "min_bandwidth"), Classes: count(dir, "num_closids"),
		}
		s.BandwidthRoot, s.Bandwidth = root["MB"], own["MB"]
	}
	for _, dir := range g.monitored() {
		if exists(dir + "/mbm_total_bytes") {
			s.BandwidthUse = append(s.BandwidthUse, BandwidthUse{count(dir, "mbm_total_bytes"), count(dir, "mbm_local_bytes")})
		}
		if exists(dir + "/llc_occupancy") {
			s.CacheUse = append(s.CacheUse, CacheUse{count(dir, "llc_occupancy")})
		}
	}
	return s
}

// schemata returns the lines of a group's schemata file by resource.
func (g *Group) schemata(dir string) map[string]string {
	lines := map[string]string{}
	for line := range strings.Lines(text(dir, "schemata")) {
		line = strings.TrimSpace(line)
		resource, _, _ := strings.Cut(line, ":")
		lines[resource] = line
	}
	return lines
}

// monitored returns the directories with the counters of the container's L3
// caches. Without a monitoring group of its own those of its class are taken.
func (g *Group) monitored() []string {
	dir := g.Monitor
	if dir == "" {
		dir = g.Class
	}
	dirs, _ := filepath.Glob(dir + "/mon_data/mon_L3_*") // the pattern is a good one
	return dirs
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func text(dir, name string) string {
	content, _ := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(content))
}

// count reads a number. "Unavailable" is 0.
func count(dir, name string) uint64 {
	n, _ := strconv.ParseUint(text(dir, name), 10, 64)
	return n
}
