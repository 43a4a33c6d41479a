package dataset

// Which files are pictures. The content decides; of a file that is none, the name
// decides whether it was meant to be one.

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"dcgan/internal/picture"
)

// NotTaken is a number of files that are not pictures, by nature or by the pattern.
type NotTaken struct {
	Kind  string `json:"kind"` // the extension, or what there is to say where that does not help
	What  string `json:"what,omitempty"`
	Count int    `json:"count"`
}

// kind is NotTaken without the number.
type kind struct{ name, what string }

var (
	hidden  = kind{name: "hidden"}
	special = kind{name: "pipe or device"}
	labels  = kind{name: "labels"}
	renewed = kind{name: "replaced", what: "the archive has a later file of the same name"}
	unliked = "not like the pattern"
)

// isCandidate reports whether the pattern accepts the name of the file at path p.
func (o Options) isCandidate(p string) bool {
	if o.Pattern == "" {
		return true
	}
	ok, _ := path.Match(o.Pattern, path.Base(p))
	return ok
}

// unread returns the kind of an archive's file that is not taken because of its name
// alone, or the zero kind.
func (o Options) unread(p string) kind {
	switch {
	case isJunk(p):
		return hidden
	case !o.isCandidate(p):
		return kindOf(p, unliked)
	}
	return kind{}
}

// isNamed reports whether the name of the file at path p says that it is a picture. A
// pattern says so of all names that it accepts.
func (o Options) isNamed(p string) bool {
	if o.Pattern != "" {
		return o.isCandidate(p)
	}
	return slices.Contains(picture.Extensions(), extension(p)) || isIDX(p)
}

// extension returns the extension of a path in lower case, without what a download
// may have left behind it: "a.JPG?width=500" has the extension ".jpg".
func extension(p string) string {
	base, _, _ := strings.Cut(path.Base(p), "?")
	return strings.ToLower(path.Ext(base))
}

// kindOf returns the kind of a file that is no picture.
func kindOf(p string, what string) kind {
	const longest = 12
	name := extension(p)
	switch {
	case isLabels(p):
		return labels
	case name == "" || len(name) > longest || Path(name).String() != name:
		name = "without extension"
	}
	return kind{name, what}
}

// notTaken returns the kind of the file at path p if it is none that training takes or
// should take. data are its beginning, err is the error of reading it.
func (o Options) notTaken(p string, data []byte, err error) (kind, bool) {
	switch {
	case o.isNamed(p):
		return kind{}, false
	case err != nil:
		return kindOf(p, ""), true
	case picture.Known(data):
		return kind{}, false
	}
	k, known := picture.Recognise(data)
	switch {
	case known && k.Picture:
		return kind{}, false
	case known:
		return kindOf(p, k.String()), true
	}
	return kindOf(p, ""), true
}

// isJunk reports whether any part of a path is hidden or belongs to the operating
// system. Such files are not taken.
func isJunk(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		if strings.HasPrefix(part, ".") || part == "__MACOSX" ||
			strings.EqualFold(part, "thumbs.db") || strings.EqualFold(part, "desktop.ini") {
			return true
		}
	}
	return false
}

// tally counts files that are not taken.
type tally map[kind]int

// list returns the counts, the largest first.
func (t tally) list() []NotTaken {
	list := []NotTaken{}
	for k, n := range t {
		list = append(list, NotTaken{k.name, k.what, n})
	}
	slices.SortFunc(list, func(a, b NotTaken) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.What, b.What))
	})
	return list
}

// NotTakenText returns the counts in words: "12 not taken: 8 .txt, 4 .mov (video)". It
// returns "" if there are none.
func NotTakenText(list []NotTaken) string {
	var parts []string
	all := 0
	for _, k := range list {
		all += k.Count
		parts = append(parts, k.String())
	}
	if all == 0 {
		return ""
	}
	return fmt.Sprintf("%d not taken: %s", all, strings.Join(parts, ", "))
}

func (k NotTaken) String() string {
	text := fmt.Sprintf("%d %s", k.Count, k.Kind)
	if k.What != "" {
		text += " (" + k.What + ")"
	}
	return text
}
