#!/usr/bin/env bash
# Provokes the alarms by trainings that go wrong, then trains what goes well, and prints
# what rang when (bench/ALARMS.md keeps such tables). Short runs of narrow networks.
#
#	bench/alarms.sh [FOLDER]    where the runs go and stay; by default a new folder
#
# AVATARS, EMOJI and FASHION name other sets; runs on one that is not there are left out.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-$(mktemp -d)}
avatars=${AVATARS:-../shared/data/avatars-64.zip}
emoji=${EMOJI:-../shared/data/emoji-noto-64.zip}
fashion=${FASHION:-/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz}
mkdir -p "$out"
go build -o "$out/dcgan" ./cmd/dcgan

# run NAME DATA FLAGS trains the run NAME on DATA, "" for the demonstration set, and
# prints its row.
run() {
	local name=$1 data=$2 began=$SECONDS rang
	shift 2
	[ -z "$data" ] || [ -e "$data" ] || return 0
	nice -n 5 "$out/dcgan" train ${data:+"$data"} "${common[@]}" --score-every -1 \
		--sample-every 50 --checkpoint-every 500 --threads 1 --quiet --out "$out/$name" "$@" >"$out/$name.log" 2>&1 || true
	rang=$("$out/dcgan" runs "$out/$name" | sed -n 's/^  alarm \([a-z-]*\) from step \([0-9]*\)\( to [0-9]*\)\{0,1\}: .*/\1 \2\3/p' | paste -sd, | sed 's/,/, /g')
	echo "| $name | \`$*\` | $((SECONDS - began)) | ${rang:-none} |"
}
# heads N makes a set of N heads.
heads() {
	python3 - "$avatars" "$out/heads$1.zip" "$1" <<-'END'
		import sys, zipfile
		archive, n = zipfile.ZipFile(sys.argv[1]), int(sys.argv[3])
		names = [name for name in archive.namelist() if name.endswith(".png")]
		with zipfile.ZipFile(sys.argv[2], "w") as part:
		    for name in names[2000:2000 + n]:
		        part.writestr(name, archive.read(name))
	END
}
table() { printf '\n%s\n\n| run | beside the common settings | seconds | alarms: first step, to last |\n|---|---|---|---|\n' "$1"; }

common=(--recipe quick --size 32 --ngf 8 --ndf 8 --batch 16 --gen-updates 4 --lr-d 4e-4 --lr-g 1e-4
	--init xavier --augment none --average 0)
table "Trainings that go wrong"
run blur "" --steps 600 --init bilinear --lr-d 1e-5 --lr-g 1e-5
run d-wins "" --size 16 --steps 600 --ndf 16 --lr-d 4e-3 --lr-g 2e-5 --gen-updates 1
run collapse "" --steps 600 --init bilinear --lr-d 1e-6 --lr-g 1e-3
run noise "" --size 16 --steps 1200 --init bilinear --lr-d 5e-5 --lr-g 1e-3 --gen-updates 2
run stuck "" --steps 250 --lr-d 1e-9 --lr-g 1e-9
run largest-rates "" --size 16 --steps 300 --lr-d 1 --lr-g 1

table "Trainings that go well"
run heads "" --steps 2100
run normal-z "" --steps 2100 --latent normal
run averaged "" --steps 2100 --init bilinear --augment translation --average 50 --gen-updates 1 --lr-d 2e-4 --lr-g 2e-4
run heads-16 "" --size 16 --steps 2100 --seed 1
run avatars "$avatars" --size 16 --steps 2100
run emoji "$emoji" --size 16 --steps 2100
run fashion "$fashion" --size 16 --channels 1 --steps 2100

common=(--recipe vivid --size 16)
if [ -e "$avatars" ]; then
	heads 20
	heads 100
fi
table "Trainings by vivid that go wrong"
run vivid-tiny "$out/heads20.zip" --steps 1000 --augment none
run vivid-unstable "" --steps 600 --lr-d 2e-2
run vivid-collapse "" --steps 600 --gamma 0 --lr-g 2e-2 --lr-d 5e-5
run vivid-noise "" --steps 600 --gamma 0 --lr-g 5e-2 --lr-d 1e-2
run vivid-stuck "" --steps 400 --lr-d 1e-9 --lr-g 1e-9

table "Trainings by vivid that go well"
run vivid-heads "" --steps 2000
run vivid-20 "$out/heads20.zip" --steps 2000
run vivid-100 "$out/heads100.zip" --steps 2000
run vivid-avatars "$avatars" --steps 2000
run vivid-fashion "$fashion" --channels 1 --steps 2000

# A narrow generator does not learn pictures by heart within minutes, so that copies are
# measured of a folder: of 100 pictures of the data and 100 others.
if [ -e "$emoji" ]; then
	printf '\nCopies: 200 emoji, of which 100 are among the 900 that they are compared with\n\n'
	python3 - "$emoji" "$out" <<-'END'
		import os, sys, zipfile
		names = sorted(n for n in zipfile.ZipFile(sys.argv[1]).namelist() if n.endswith(".png"))
		archive = zipfile.ZipFile(sys.argv[1])
		for folder, chosen in ("data", names[0:1800:2]), ("samples", names[0:200:2] + names[1:201:2]):
		    os.makedirs(os.path.join(sys.argv[2], folder), exist_ok=True)
		    for name in chosen:
		        with open(os.path.join(sys.argv[2], folder, name.replace("/", "-")), "wb") as f:
		            f.write(archive.read(name))
	END
	nice -n 5 "$out/dcgan" score "$out/samples" --data "$out/data" --threads 1 | grep copies
fi
