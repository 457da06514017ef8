package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/oci-rt/rt/libcontainer/check"
)

// The part of SARIF 2.1.0 (OASIS, sarif-v2.1.0-os) that check writes.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string          `json:"id"`
		ShortDescription sarifText       `json:"shortDescription"`
		FullDescription  sarifText       `json:"fullDescription"`
		Default          sarifLevel      `json:"defaultConfiguration"`
		Properties       sarifProperties `json:"properties"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifProperties struct {
		Tags []string `json:"tags"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
)

// sarifLevels are SARIF's names of severities.
var sarifLevels = [...]string{check.Info: "note", check.Warning: "warning", check.Error: "error"}

func (r *rt) printSARIF(p *report) error {
	driver := sarifDriver{Name: "rt check", Version: r.build.Version, InformationURI: "https://github.com/oci-rt/rt"}
	index := map[string]int{}
	for i, rule := range check.Rules() {
		index[rule.ID] = i
		driver.Rules = append(driver.Rules, sarifRule{
			ID: rule.ID, ShortDescription: sarifText{sentenceOf(rule.Finds)}, FullDescription: sarifText{rule.Why},
			Default: sarifLevel{sarifLevels[rule.Severity]}, Properties: sarifProperties{[]string{string(rule.About)}},
		})
	}
	run := sarifRun{Tool: sarifTool{driver}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	uri := fileURI(p.file)
	for i := range p.findings {
		f := &p.findings[i]
		run.Results = append(run.Results, sarifResult{
			RuleID: f.Rule, RuleIndex: index[f.Rule], Level: sarifLevels[f.Severity], Message: sarifText{f.String()},
			Locations:    []sarifLocation{{sarifPhysical{sarifArtifact{uri}, region(f)}, []sarifLogical{{f.Path}}}},
			Fingerprints: map[string]string{"setting/v1": f.Rule + " " + f.Path},
		})
	}
	return writeJSON(r.out, sarifLog{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}

func region(f *check.Finding) sarifRegion {
	start, end := f.Place.Start, f.Place.End
	return sarifRegion{start.Line, start.Column, end.Line, end.Column}
}

// sentenceOf makes a sentence of a rule's words.
func sentenceOf(words string) string { return strings.ToUpper(words[:1]) + words[1:] + "." }

// fileURI returns the path of a file as a URI (RFC 3986): relative, as viewers of a
// repository want it, if the path is.
func fileURI(path string) string {
	var uri strings.Builder
	if filepath.IsAbs(path) {
		uri.WriteString("file://")
	}
	for _, c := range []byte(path) {
		if strings.IndexByte("-._~/", c) >= 0 || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			uri.WriteByte(c)
		} else {
			fmt.Fprintf(&uri, "%%%02X", c)
		}
	}
	return uri.String()
}
