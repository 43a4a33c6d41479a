package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// populate creates empty files, since this part of the package looks at names only.
func populate(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		list = append(list, f.Name())
	}
	return list
}

// Files with similar names are not checkpoints.
var strangers = []string{
	"notes.txt",
	"step-00000400.safetensors.bak",
	"step-400.safetensors",
	"step-000000400.safetensors",
	"step-+0000400.safetensors",
	"step--0000400.safetensors",
	"xstep-00000400.safetensors",
	"step-99999999999999999999.safetensors",
	"step-400.weights.safetensors",
	"step-00000400.weights",
	"step-00000400.weights.weights.safetensors",
}

func TestListAndLatest(t *testing.T) {
	dir := populate(t, append(strangers,
		"step-100000000.safetensors", // by name before the next two
		"step-00000500.safetensors", "step-99999999.safetensors",
		"step-00000000.safetensors", "step-00001000.safetensors.tmp",
		"step-00000500.weights.safetensors", // beside its full one
		"step-00002500.weights.safetensors", "step-100002500.weights.safetensors")...)
	if err := os.Mkdir(filepath.Join(dir, "step-00000600.safetensors"), 0o755); err != nil {
		t.Fatal(err)
	}
	list, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	var steps []int
	var full []bool
	for _, e := range list {
		steps, full = append(steps, e.Step), append(full, e.Full)
	}
	if want := []int{0, 500, 2500, 99_999_999, 100_000_000, 100_002_500}; !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	if want := []bool{true, true, false, true, true, false}; !slices.Equal(full, want) {
		t.Errorf("full %v, want %v", full, want)
	}
	latest, err := Latest(dir)
	if want := (Entry{100_000_000, filepath.Join(dir, "step-100000000.safetensors"), true}); err != nil || latest != want {
		t.Errorf("latest %v (%v), want %v", latest, err, want)
	}
}

func TestNoCheckpoints(t *testing.T) {
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "gone")} {
		if list, err := List(dir); len(list) != 0 || err != nil {
			t.Errorf("list %v (%v)", list, err)
		}
		if _, err := Latest(dir); !errors.Is(err, ErrNone) {
			t.Errorf("latest gives %v", err)
		}
		if err := errors.Join(Prune(dir, &Retention{Keep: 1}), RemoveStale(dir)); err != nil {
			t.Error(err)
		}
	}
}

func TestPruneNewest(t *testing.T) {
	const tmp = "step-00000004.safetensors.tmp" // not Prune's
	for _, c := range []struct {
		keep int
		left []int
	}{
		{5, []int{1, 2, 3}}, {3, []int{1, 2, 3}}, {2, []int{2, 3}}, {1, []int{3}}, {0, []int{3}}, {-1, []int{3}},
	} {
		dir := populate(t, append(strangers, Name(1), Name(2), Name(3), tmp)...)
		if err := Prune(dir, &Retention{Keep: c.keep}); err != nil {
			t.Fatal(err)
		}
		want := append(slices.Clone(strangers), tmp)
		for _, step := range c.left {
			want = append(want, Name(step))
		}
		slices.Sort(want)
		if got := names(t, dir); !slices.Equal(got, want) {
			t.Errorf("keep %d leaves %v, want %v", c.keep, got, want)
		}
	}
}

func TestRemoveStale(t *testing.T) {
	dir := populate(t, Name(1), Name(2)+".tmp", "config.json.tmp", "tmp", "a.tmp.txt")
	if err := os.Mkdir(filepath.Join(dir, "folder.tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := RemoveStale(dir); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), []string{"a.tmp.txt", "folder.tmp", Name(1), "tmp"}; !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
}
