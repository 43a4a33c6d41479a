// Package tfevents writes TensorBoard event files: scalars, images, text and
// the model graph of one training run.
//
// A run folder contains one event file per session, that is per start of training.
// TensorBoard reads them in the order of their names. Each file begins with the format
// version and a session start. The session start makes TensorBoard discard what
// earlier files say about steps that this file writes again.
//
// A file is a sequence of records (record.go), each of which is one Event message.
// Message and field names in this package are those of TensorFlow's event.proto,
// summary.proto, tensor.proto and graph.proto.
package tfevents

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	filePrefix  = "events.out.tfevents."
	fileVersion = "brain.Event:2"
	bufferSize  = 64 << 10
)

// Fields of the messages Event, SessionLog, Summary, Summary.Value,
// Summary.Image, SummaryMetadata, SummaryMetadata.PluginData, TensorProto.
const (
	eventWallTime    = 1
	eventStep        = 2
	eventFileVersion = 3
	eventGraphDef    = 4
	eventSummary     = 5
	eventSessionLog  = 7

	sessionLogStatus = 1
	sessionStart     = 1 // SessionLog.START

	summaryValue = 1

	valueTag         = 1
	valueSimpleValue = 2
	valueImage       = 4
	valueTensor      = 8
	valueMetadata    = 9

	imageHeight     = 1
	imageWidth      = 2
	imageColorspace = 3
	imageEncoded    = 4

	metadataPluginData = 1
	pluginDataName     = 1

	tensorDType     = 1
	tensorShape     = 2
	tensorStringVal = 8
	dtString        = 7 // DataType.DT_STRING
)

// Writer writes one event file. It buffers events until Flush. A reader that finds an
// incomplete event at the end of the file waits for more. A Writer is not safe for
// concurrent use.
type Writer struct {
	file  *os.File
	out   *bufio.Writer
	event encoder // the event under construction
	now   func() time.Time
}

// Scalar is the value of one curve at one step.
type Scalar struct {
	Tag   string
	Value float32
}

// Create creates an event file in dir, which must exist. Its name sorts after those
// of the event files in dir. startStep is the first step of the new file: TensorBoard
// drops what earlier files have at that step or later. A new run starts at 0; a run
// that resumes after step n starts at n+1.
func Create(dir string, startStep int64) (*Writer, error) {
	return create(dir, startStep, time.Now)
}

// create is Create with a clock.
func create(dir string, startStep int64, now func() time.Time) (*Writer, error) {
	name, err := nextName(dir, now().Unix())
	if err != nil {
		return nil, fmt.Errorf("create event file: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("create event file: %w", err)
	}
	w := &Writer{file: file, out: bufio.NewWriterSize(file, bufferSize), now: now}
	if err := w.start(startStep); err != nil {
		file.Close()
		os.Remove(file.Name())
		return nil, err
	}
	return w, nil
}

// start writes the first events of the file. It writes a session start even at step 0,
// because TensorBoard treats the first one of a run as the beginning and only later
// ones as restarts.
func (w *Writer) start(step int64) error {
	w.begin(0)
	w.event.text(eventFileVersion, fileVersion)
	if err := w.write(); err != nil {
		return err
	}
	w.begin(step)
	session := w.event.open(eventSessionLog)
	w.event.varint(sessionLogStatus, sessionStart)
	w.event.close(session)
	if err := w.write(); err != nil {
		return err
	}
	return w.Flush()
}

// Scalars writes the values of several curves at one step as one event.
func (w *Writer) Scalars(step int64, values []Scalar) error {
	w.begin(step)
	summary := w.event.open(eventSummary)
	for _, v := range values {
		value := w.event.open(summaryValue)
		w.event.text(valueTag, v.Tag)
		w.event.float(valueSimpleValue, v.Value)
		w.event.close(value)
	}
	w.event.close(summary)
	return w.write()
}

// Image writes a picture. png is the encoded file, width and height are its size in
// pixels, and channels is 1 (grey), 3 (RGB) or 4 (RGBA).
func (w *Writer) Image(step int64, tag string, png []byte, width, height, channels int) error {
	w.begin(step)
	summary := w.event.open(eventSummary)
	value := w.event.open(summaryValue)
	w.event.text(valueTag, tag)
	image := w.event.open(valueImage)
	w.event.varint(imageHeight, int64(height))
	w.event.varint(imageWidth, int64(width))
	w.event.varint(imageColorspace, int64(channels))
	w.event.bytes(imageEncoded, png)
	w.event.close(image)
	w.event.close(value)
	w.event.close(summary)
	return w.write()
}

// Text writes a text, which TensorBoard displays as Markdown.
func (w *Writer) Text(step int64, tag, markdown string) error {
	w.begin(step)
	summary := w.event.open(eventSummary)
	value := w.event.open(summaryValue)
	w.event.text(valueTag, tag)
	metadata := w.event.open(valueMetadata)
	plugin := w.event.open(metadataPluginData)
	w.event.text(pluginDataName, "text")
	w.event.close(plugin)
	w.event.close(metadata)
	tensor := w.event.open(valueTensor)
	w.event.varint(tensorDType, dtString)
	w.event.shape(tensorShape, nil) // a scalar; a vector would be displayed as a table
	w.event.text(tensorStringVal, markdown)
	w.event.close(tensor)
	w.event.close(value)
	w.event.close(summary)
	return w.write()
}

// Flush writes all buffered events to the file, where readers see them and from where
// they survive this process.
func (w *Writer) Flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

// Close flushes and closes the file.
func (w *Writer) Close() error {
	err := w.Flush()
	if closeErr := w.file.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("close event file: %w", closeErr)
	}
	return err
}

// begin starts a new event.
func (w *Writer) begin(step int64) {
	w.event.buf = w.event.buf[:0]
	w.event.double(eventWallTime, float64(w.now().UnixNano())/1e9)
	w.event.varint(eventStep, step)
}

// write appends the event to the file.
func (w *Writer) write() error {
	if err := writeRecord(w.out, w.event.buf); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

// nextName returns the name of a new event file in dir. Like TensorFlow's it consists
// of prefix, Unix time, host and process number. The time is later than that of every
// event file in dir, so that names sort by creation even if two sessions start in the
// same second or the clock is set back.
func nextName(dir string, seconds int64) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		rest, found := strings.CutPrefix(entry.Name(), filePrefix)
		if !found {
			continue
		}
		digits, _, _ := strings.Cut(rest, ".")
		if t, err := strconv.ParseInt(digits, 10, 64); err == nil && t >= seconds {
			seconds = t + 1
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return fmt.Sprintf("%s%010d.%s.%d", filePrefix, seconds, cleanHost(host), os.Getpid()), nil
}

// cleanHost returns a host name with characters that every file system accepts.
func cleanHost(host string) string {
	if host == "" {
		return "localhost"
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		}
		return '_'
	}, host)
}
