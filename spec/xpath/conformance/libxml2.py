"""libxml2 as a judge of XPath 1.0: reads one job a line from standard input, as JSON, and answers each with one line.

A job is {"xml", "namespaces", "variables", "expressions"}. Its answer is {"nodes", "answers"}: every node of the document
in document order as [kind, name, namespace name, string-value], and for each expression {"string", "number", "boolean"},
as if by the functions of these names, or null where libxml2 refuses it, or "given up" where evaluating it takes too long.
For a node-set there are "nodes", too: the place of each node in the document, as "7" for a node of the list, "7:p" for
the namespace node for p of its element 7, and "7:" for that of the default namespace.

A job {"syntax": texts} is answered with a list: whether libxml2's grammar has each of them, whatever its names and types.

A job {} is answered with libxml2's version: "20914" is 2.9.14.

The shared library is called directly: Python's own packages for it hide which node is which.
"""

import ctypes
import json
import math
import sys
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_double, c_int, c_ulong, c_void_p

ELEMENT, ATTRIBUTE, TEXT, INSTRUCTION, COMMENT, DOCUMENT = 1, 2, 3, 7, 8, 9
KINDS = {
    ELEMENT: "element",
    ATTRIBUTE: "attribute",
    TEXT: "text",
    INSTRUCTION: "processing-instruction",
    COMMENT: "comment",
    DOCUMENT: "root",
}
PARENTS = (ELEMENT, DOCUMENT)

# The type of a value that is a node-set (xmlXPathObjectType).
NODE_SET = 1

# Where predicates with paths are nested, an evaluation can take minutes.
MOST_OPERATIONS = 2_000_000
GIVEN_UP = "given up"

# Entities and CDATA sections become text, deep documents are allowed, nothing is fetched.
PARSE_OPTIONS = 1 << 1 | 1 << 11 | 1 << 14 | 1 << 19


class Node(ctypes.Structure):
    """xmlNode, and as far as `doc` also xmlDoc and xmlAttr (libxml/tree.h)."""

    _fields_ = [
        ("private", c_void_p),
        ("type", c_int),
        ("name", c_char_p),
        ("children", c_void_p),
        ("last", c_void_p),
        ("parent", c_void_p),
        ("next", c_void_p),
        ("prev", c_void_p),
        ("doc", c_void_p),
        ("ns", c_void_p),
        ("content", c_void_p),
        ("properties", c_void_p),
    ]


class Namespace(ctypes.Structure):
    """xmlNs; of a namespace node in a node-set `next` is its element."""

    _fields_ = [("next", c_void_p), ("type", c_int), ("href", c_char_p), ("prefix", c_char_p)]


class NodeSet(ctypes.Structure):
    """xmlNodeSet (libxml/xpath.h)."""

    _fields_ = [("count", c_int), ("capacity", c_int), ("nodes", POINTER(c_void_p))]


class Value(ctypes.Structure):
    """xmlXPathObject (libxml/xpath.h)."""

    _fields_ = [("type", c_int), ("nodes", POINTER(NodeSet)), ("boolean", c_int), ("number", c_double)]


class Context(ctypes.Structure):
    """xmlXPathContext (libxml/xpath.h) from version 2.9.10 on."""

    _fields_ = [
        ("doc", c_void_p),
        ("node", c_void_p),
        ("variable_counts", c_int * 2),
        ("variables", c_void_p),
        ("type_counts", c_int * 2),
        ("types", c_void_p),
        ("function_counts", c_int * 2),
        ("functions", c_void_p),
        ("axis_counts", c_int * 2),
        ("axes", c_void_p),
        ("namespaces", c_void_p),
        ("namespace_count", c_int),
        ("user", c_void_p),
        ("size", c_int),
        ("position", c_int),
        ("pointers", c_void_p * 12),
        ("temporary_count", c_int),
        ("user_data", c_void_p),
        ("on_error", c_void_p),
        ("last_error", c_void_p * 11),
        ("debug_node", c_void_p),
        ("names", c_void_p),
        ("flags", c_int),
        ("cache", c_void_p),
        ("most_operations", c_ulong),
        ("operations", c_ulong),
    ]


def load():
    for name in ("libxml2.so.2", "libxml2.so.16", "libxml2.2.dylib"):
        try:
            return ctypes.CDLL(name)
        except OSError:
            pass
    sys.exit("libxml2 is not installed")


libxml2 = load()


def function(name, result, *parameters):
    found = getattr(libxml2, name)
    found.restype = result
    found.argtypes = parameters
    return found


read_memory = function("xmlReadMemory", c_void_p, c_char_p, c_int, c_char_p, c_char_p, c_int)
free_document = function("xmlFreeDoc", None, c_void_p)
unlink = function("xmlUnlinkNode", None, c_void_p)
free_node = function("xmlFreeNode", None, c_void_p)
root_element = function("xmlDocGetRootElement", c_void_p, c_void_p)
node_text = function("xmlXPathCastNodeToString", c_void_p, c_void_p)
new_context = function("xmlXPathNewContext", POINTER(Context), c_void_p)
free_context = function("xmlXPathFreeContext", None, POINTER(Context))
register_namespace = function("xmlXPathRegisterNs", c_int, POINTER(Context), c_char_p, c_char_p)
register_variable = function("xmlXPathRegisterVariableNS", c_int, POINTER(Context), c_char_p, c_char_p, c_void_p)
new_string = function("xmlXPathNewString", c_void_p, c_char_p)
new_number = function("xmlXPathNewFloat", c_void_p, c_double)
new_boolean = function("xmlXPathNewBoolean", c_void_p, c_int)
evaluate = function("xmlXPathEvalExpression", POINTER(Value), c_char_p, POINTER(Context))
compile_expression = function("xmlXPathCompile", c_void_p, c_char_p)
free_compiled = function("xmlXPathFreeCompExpr", None, c_void_p)
free_value = function("xmlXPathFreeObject", None, POINTER(Value))
to_string = function("xmlXPathCastToString", c_void_p, POINTER(Value))
to_number = function("xmlXPathCastToNumber", c_double, POINTER(Value))
to_boolean = function("xmlXPathCastToBoolean", c_int, POINTER(Value))
free = CFUNCTYPE(None, c_void_p)(c_void_p.in_dll(libxml2, "xmlFree").value)

# Refused expressions are reported by the result; what libxml2 would print about them goes nowhere.
silence = CFUNCTYPE(None, c_void_p, c_void_p)(lambda _data, _error: None)
function("xmlSetStructuredErrorFunc", None, c_void_p, type(silence))(None, silence)


def taken(pointer):
    """The text of a string that libxml2 has made for us."""
    text = ctypes.string_at(pointer).decode()
    free(pointer)
    return text


def json_number(number):
    """As JavaScript's Number() reads it."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return repr(number)


def qualified_name(node):
    if node.type == INSTRUCTION:
        return node.name.decode(), ""
    if node.type not in (ELEMENT, ATTRIBUTE):
        return "", ""
    namespace = node.ns and Namespace.from_address(node.ns)
    if not namespace:
        return node.name.decode(), ""
    prefix = f"{namespace.prefix.decode()}:" if namespace.prefix else ""
    return prefix + node.name.decode(), (namespace.href or b"").decode()


def siblings(pointer):
    while pointer:
        # The next one first: whoever asks may remove this one.
        following = Node.from_address(pointer).next
        yield pointer
        pointer = following


def remove_empty_text(pointer):
    """The parser makes a text node of an empty CDATA section; in XPath there is none (§5.7)."""
    for child in siblings(Node.from_address(pointer).children):
        node = Node.from_address(child)
        if node.type == ELEMENT:
            remove_empty_text(child)
        elif node.type == TEXT and taken(node_text(child)) == "":
            unlink(child)
            free_node(child)


class Document:
    def __init__(self, xml):
        data = xml.encode()
        self.pointer = read_memory(data, len(data), None, b"UTF-8", PARSE_OPTIONS)
        if not self.pointer:
            raise ValueError("libxml2 cannot parse " + xml)
        remove_empty_text(self.pointer)
        self.places = {}
        self.nodes = []
        self.number(self.pointer)

    def number(self, pointer):
        """Numbers a node, its attributes and all that is inside it."""
        node = Node.from_address(pointer)
        self.take(pointer, node)
        if node.type == ELEMENT:
            for attribute in siblings(node.properties):
                self.take(attribute, Node.from_address(attribute))
        if node.type in PARENTS:
            for child in siblings(node.children):
                self.number(child)

    def take(self, pointer, node):
        self.places[pointer] = len(self.nodes)
        self.nodes.append([KINDS[node.type], *qualified_name(node), taken(node_text(pointer))])

    def place(self, pointer):
        known = self.places.get(pointer)
        if known is not None:
            return known, ""
        namespace = Namespace.from_address(pointer)
        return self.places[namespace.next], ":" + (namespace.prefix or b"").decode()

    def free(self):
        free_document(self.pointer)


def variable(value):
    if isinstance(value, bool):
        return new_boolean(value)
    if isinstance(value, str):
        return new_string(value.encode())
    return new_number(float(value["number"]))


def answer(document, context, expression):
    context.contents.node = root_element(document.pointer)
    context.contents.size = context.contents.position = 1
    context.contents.most_operations = MOST_OPERATIONS
    context.contents.operations = 0
    # Without parentheses a plain path would go to another engine, that of streaming patterns, for which `.//.` is empty.
    value = evaluate(f"({expression})".encode(), context)
    if not value:
        return GIVEN_UP if context.contents.operations >= MOST_OPERATIONS else None
    result = {
        "string": taken(to_string(value)),
        "number": json_number(to_number(value)),
        "boolean": bool(to_boolean(value)),
    }
    if value.contents.type == NODE_SET:
        nodes = value.contents.nodes
        found = [document.place(nodes.contents.nodes[index]) for index in range(nodes.contents.count)] if nodes else []
        result["nodes"] = [f"{place}{prefix}" for place, prefix in sorted(found)]
    free_value(value)
    return result


def is_expression(text):
    compiled = compile_expression(text.encode())
    free_compiled(compiled)
    return bool(compiled)


def do(job):
    if "syntax" in job:
        return [is_expression(text) for text in job["syntax"]]
    if "xml" not in job:
        return c_char_p.in_dll(libxml2, "xmlParserVersion").value.decode()
    document = Document(job["xml"])
    context = new_context(document.pointer)
    for prefix, name in job["namespaces"].items():
        register_namespace(context, prefix.encode(), name.encode())
    for name, value in job["variables"].items():
        prefix, _, local = name.rpartition(":")
        namespace = job["namespaces"][prefix].encode() if prefix else None
        register_variable(context, local.encode(), namespace, variable(value))
    answers = [answer(document, context, expression) for expression in job["expressions"]]
    free_context(context)
    document.free()
    return {"nodes": document.nodes, "answers": answers}


for line in sys.stdin:
    print(json.dumps(do(json.loads(line))), flush=True)
