// Messages of ONNX, and the numbers of their fields.

package export

import (
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	// ModelProto
	modelVersion  = 1
	modelProducer = 2
	modelGraph    = 7
	modelOpset    = 8
	modelMetadata = 14
	// OperatorSetIdProto
	opsetDomain  = 1
	opsetVersion = 2
	// StringStringEntryProto
	entryKey   = 1
	entryValue = 2
	// GraphProto
	graphNode        = 1
	graphName        = 2
	graphInitializer = 5
	graphInput       = 11
	graphOutput      = 12
	// NodeProto
	nodeInput     = 1
	nodeOutput    = 2
	nodeName      = 3
	nodeOp        = 4
	nodeAttribute = 5
	// AttributeProto
	attributeName  = 1
	attributeFloat = 2
	attributeInt   = 3
	attributeInts  = 8
	attributeType  = 20
	// TensorProto
	tensorDim  = 1
	tensorKind = 2
	tensorName = 8
	tensorData = 9
	// ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto, Dimension
	infoName    = 1
	infoType    = 2
	typeTensor  = 1
	typeElement = 1
	typeShape   = 2
	shapeDim    = 1
	dimValue    = 1
	dimName     = 2
)

// TensorProto.DataType
const (
	onnxFloat int64 = 1
	onnxUint8 int64 = 2
	onnxInt64 int64 = 7
)

// AttributeProto.AttributeType
const (
	attributeIsFloat = 1
	attributeIsInt   = 2
	attributeIsInts  = 7
)

// message is an encoded message that grows by fields.
type message []byte

func (m *message) varint(field protowire.Number, v int64) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v))
}

// text appends a string; readers refuse one that is not UTF-8.
func (m *message) text(field protowire.Number, s string) {
	m.bytes(field, []byte(strings.ToValidUTF8(s, "\uFFFD")))
}

func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, b)
}

func attribute(name string, kind int64) message {
	var a message
	a.text(attributeName, name)
	a.varint(attributeType, kind)
	return a
}

func integer(name string, v int64) message {
	a := attribute(name, attributeIsInt)
	a.varint(attributeInt, v)
	return a
}

func integers(name string, list ...int) message {
	a := attribute(name, attributeIsInts)
	for _, v := range list {
		a.varint(attributeInts, int64(v))
	}
	return a
}

func float(name string, v float32) message {
	a := attribute(name, attributeIsFloat)
	a = protowire.AppendTag(a, attributeFloat, protowire.Fixed32Type)
	return protowire.AppendFixed32(a, math.Float32bits(v))
}
