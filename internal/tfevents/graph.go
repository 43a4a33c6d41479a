// The model graph as a TensorFlow GraphDef.

package tfevents

// Fields of the messages GraphDef, NodeDef, NodeDef.AttrEntry, AttrValue and
// AttrValue.ListValue.
const (
	graphNode = 1

	nodeName  = 1
	nodeOp    = 2
	nodeInput = 3
	nodeAttr  = 5

	attrKey   = 1
	attrValue = 2

	attrValueList = 1
	listShape     = 7
)

// Node is one operation of the model graph. Slashes in its name separate scopes, as in
// "generator/deconv1/conv2d_transpose"; TensorBoard displays a scope as a box that can
// be opened. Give each layer a scope of its own: TensorBoard merges five or more nodes
// of one scope whose names differ only by a number (relu1, relu2, ...), which would
// break a chain of layers apart.
type Node struct {
	Name   string
	Op     string
	Inputs []string // names of the nodes whose outputs it reads
	Shape  []int    // of its output; -1 is an unknown dimension
}

// Graph writes the model graph. A run has only one: the caller writes it when a run
// starts, not when it resumes.
func (w *Writer) Graph(nodes []Node) error {
	w.begin(0)
	graph := w.event.open(eventGraphDef)
	for _, n := range nodes {
		w.node(n)
	}
	w.event.close(graph)
	return w.write()
}

// node appends a NodeDef. TensorBoard labels the edges by the attribute
// _output_shapes, a list with one shape per output.
func (w *Writer) node(n Node) {
	node := w.event.open(graphNode)
	w.event.text(nodeName, n.Name)
	w.event.text(nodeOp, n.Op)
	for _, input := range n.Inputs {
		w.event.text(nodeInput, input)
	}
	attr := w.event.open(nodeAttr)
	w.event.text(attrKey, "_output_shapes")
	value := w.event.open(attrValue)
	list := w.event.open(attrValueList)
	w.event.shape(listShape, n.Shape)
	w.event.close(list)
	w.event.close(value)
	w.event.close(attr)
	w.event.close(node)
}
