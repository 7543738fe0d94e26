// Checks the transparency log with implementations that are not Consentry's: golang.org/x/mod/sumdb (tlog, note)
// and github.com/transparency-dev/formats (cosignatures).
//
//	go run . vectors > ../log/go-vectors.json   makes the fixed vectors that the tests use where there is no Go
//	go run . check < claims.json                prints what is not as claimed, one line each
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Hashes travel as base64 (tlog.Hash marshals itself so).

type tree struct {
	Size int64     `json:"size"`
	Root tlog.Hash `json:"root"`
}

type inclusion struct {
	LeafIndex int64            `json:"leafIndex"`
	Size      int64            `json:"size"`
	Leaf      tlog.Hash        `json:"leaf"`
	Root      tlog.Hash        `json:"root"`
	Proof     tlog.RecordProof `json:"proof"`
}

type consistency struct {
	From     int64          `json:"from"`
	To       int64          `json:"to"`
	FromRoot tlog.Hash      `json:"fromRoot"`
	ToRoot   tlog.Hash      `json:"toRoot"`
	Proof    tlog.TreeProof `json:"proof"`
}

type checkpoint struct {
	Note        string `json:"note"`
	VerifierKey string `json:"verifierKey"`
	Witness     string `json:"witness,omitempty"`
	Time        int64  `json:"time,omitempty"`
}

type document struct {
	Trees       []tree        `json:"trees"`
	Inclusion   []inclusion   `json:"inclusion"`
	Consistency []consistency `json:"consistency"`
	Checkpoints []checkpoint  `json:"checkpoints"`
	// By path below /tile/, as served; with the tree whose tiles they are.
	Tiles   map[string][]byte `json:"tiles,omitempty"`
	Entries map[string][]byte `json:"entries,omitempty"`
}

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "vectors":
		err = vectors()
	case len(os.Args) == 2 && os.Args[1] == "check":
		err = check()
	default:
		err = errors.New("vectors or check")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// entry is what the tests' trees hold at an index.
func entry(index int64) []byte {
	hash := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(index)))
	return append([]byte{1}, hash[:]...)
}

type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = m[index]
	}
	return out, nil
}

func vectors() error {
	sizes := []int64{1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 511, 512, 700, 65535, 65536, 65537, 70000}
	var hashes memory
	var made document
	roots := map[int64]tlog.Hash{}
	for size, next := int64(0), 0; next < len(sizes); {
		added, err := tlog.StoredHashes(size, entry(size), hashes)
		if err != nil {
			return err
		}
		hashes = append(hashes, added...)
		size++
		if size != sizes[next] {
			continue
		}
		next++
		root, err := tlog.TreeHash(size, hashes)
		if err != nil {
			return err
		}
		roots[size] = root
		made.Trees = append(made.Trees, tree{size, root})
		for _, index := range []int64{0, size / 3, size - 1} {
			proof, err := tlog.ProveRecord(size, index, hashes)
			if err != nil {
				return err
			}
			made.Inclusion = append(made.Inclusion, inclusion{index, size, tlog.RecordHash(entry(index)), root, proof})
		}
		for _, from := range sizes[max(0, next-4):next] {
			proof, err := tlog.ProveTree(size, from, hashes)
			if err != nil {
				return err
			}
			made.Consistency = append(made.Consistency, consistency{from, size, roots[from], root, proof})
		}
	}
	for _, t := range made.Trees[len(made.Trees)-2:] {
		signed, err := signedCheckpoint(t)
		if err != nil {
			return err
		}
		made.Checkpoints = append(made.Checkpoints, *signed)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	return out.Encode(made)
}

func signedCheckpoint(t tree) (*checkpoint, error) {
	logKey, logVerifier, err := note.GenerateKey(nil, "log.example/consentry")
	if err != nil {
		return nil, err
	}
	witnessKey, witnessPublic, err := note.GenerateKey(nil, "witness.example/customs")
	if err != nil {
		return nil, err
	}
	witnessVerifier, err := cosignature.VKeyToCosignatureV1(witnessPublic)
	if err != nil {
		return nil, err
	}
	logSigner, err := note.NewSigner(logKey)
	if err != nil {
		return nil, err
	}
	witnessSigner, err := cosignature.NewSignerForCosignatureV1(witnessKey)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("log.example/consentry\n%d\n%s\n", t.Size, t.Root)
	signed, err := note.Sign(&note.Note{Text: text}, logSigner, witnessSigner)
	if err != nil {
		return nil, err
	}
	time, err := cosignedAt(string(signed), logVerifier, witnessVerifier)
	return &checkpoint{string(signed), logVerifier, witnessVerifier, time}, err
}

// cosignedAt opens a checkpoint with both keys.
func cosignedAt(signed, logKey, witnessKey string) (int64, error) {
	logVerifier, err := note.NewVerifier(logKey)
	if err != nil {
		return 0, err
	}
	verifiers := []note.Verifier{logVerifier}
	if witnessKey != "" {
		witness, err := cosignature.NewVerifierForCosignatureV1(witnessKey)
		if err != nil {
			return 0, err
		}
		verifiers = append(verifiers, witness)
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifiers...))
	if err != nil {
		return 0, err
	}
	if len(opened.Sigs) != len(verifiers) {
		return 0, fmt.Errorf("%d signatures of known keys, not %d", len(opened.Sigs), len(verifiers))
	}
	if witnessKey == "" {
		return 0, nil
	}
	for _, sig := range opened.Sigs {
		if sig.Name == verifiers[1].Name() {
			at, err := cosignature.CoSigV1Timestamp(sig)
			return at.Unix(), err
		}
	}
	return 0, errors.New("no cosignature")
}

func check() error {
	var claims document
	if err := json.NewDecoder(os.Stdin).Decode(&claims); err != nil {
		return err
	}
	problem := func(err error, what string, args ...any) {
		if err != nil {
			fmt.Printf("%s: %v\n", fmt.Sprintf(what, args...), err)
		}
	}
	for _, c := range claims.Inclusion {
		problem(tlog.CheckRecord(c.Proof, c.Size, c.Root, c.LeafIndex, c.Leaf), "leaf %d of %d", c.LeafIndex, c.Size)
	}
	for _, c := range claims.Consistency {
		problem(tlog.CheckTree(c.Proof, c.To, c.ToRoot, c.From, c.FromRoot), "%d to %d", c.From, c.To)
	}
	for _, c := range claims.Checkpoints {
		time, err := cosignedAt(c.Note, c.VerifierKey, c.Witness)
		problem(err, "checkpoint")
		if time != c.Time {
			problem(fmt.Errorf("at %d, not %d", time, c.Time), "cosignature")
		}
	}
	if len(claims.Tiles) > 0 {
		problem(checkTiles(claims), "tiles")
	}
	return nil
}

// served reads tiles where tlog-tiles serves them: as the checksum database does, without the height in the path.
type served map[string][]byte

func (s served) Height() int { return 8 }

func (s served) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.TrimPrefix(tile.Path(), "tile/8/")
		data, ok := s[path]
		if !ok {
			return nil, fmt.Errorf("%s is not served", path)
		}
		out[i] = data
	}
	return out, nil
}

func (s served) SaveTiles([]tlog.Tile, [][]byte) {}

// checkTiles reads every leaf's hash through the tiles, which proves them against the root, and compares the entries.
func checkTiles(claims document) error {
	t := claims.Trees[len(claims.Trees)-1]
	reader := tlog.TileHashReader(tlog.Tree{N: t.Size, Hash: t.Root}, served(claims.Tiles))
	var entries [][]byte
	for n := int64(0); n*256 < t.Size; n++ {
		path := strings.TrimPrefix(tlog.Tile{H: 8, L: 0, N: n, W: int(min(256, t.Size-n*256))}.Path(), "tile/8/0/")
		bundle, ok := claims.Entries["entries/"+path]
		if !ok {
			return fmt.Errorf("entries/%s is not served", path)
		}
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			entries = append(entries, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	if int64(len(entries)) != t.Size {
		return fmt.Errorf("%d entries, not %d", len(entries), t.Size)
	}
	indexes := make([]int64, len(entries))
	for index := range entries {
		indexes[index] = tlog.StoredHashIndex(0, int64(index))
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for index, bytes := range entries {
		if hashes[index] != tlog.RecordHash(bytes) {
			return fmt.Errorf("entry %d is not in the tree", index)
		}
	}
	return nil
}
