// A simulator for softqd in Go, written from docs/simulator-protocol.md, with the standard library only: the pendulum of Pendulum-v1.
//
//	npx softqd pretrain --robot pendulum --task Pendulum-v1 --steps 5000 --seed 1 --out pendulum.safetensors \
//	    --simulator 'go run examples/simulators/go/pendulum.go'
//
// It saves no state: a resumed run repeats the episode that was open.
package main

import (
	"bufio"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	subprotocol     = "softqd.simulation.v1"
	robot           = "pendulum"
	joint           = "pivot"
	physicsStepS    = 0.05
	maxEffortNm     = 2.0
	maxFrameBytes   = 1 << 20
	maxControlBytes = 125
	helloTimeout    = 5 * time.Second
)

// --- The world ---

type pendulum struct {
	theta, velocity, effort float64
	stepsPerPeriod          int
	sequence, steps         uint64
}

func (p *pendulum) reset(theta, velocity float64) {
	p.theta, p.velocity, p.effort = theta, velocity, 0
	p.sequence++
}

func (p *pendulum) command(target float64) {
	p.effort = math.Max(-maxEffortNm, math.Min(maxEffortNm, target))
	for i := 0; i < p.stepsPerPeriod; i++ {
		acceleration := 15*math.Sin(p.theta) + 3*p.effort
		p.velocity = math.Max(-8, math.Min(8, p.velocity+acceleration*physicsStepS))
		p.theta += p.velocity * physicsStepS
		p.steps++
	}
	p.sequence++
}

// --- Protobuf: what the protocol needs of it ---

func varintField(number int, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(number)<<3), value)
}

func doubleField(number int, value float64) []byte {
	key := binary.AppendUvarint(nil, uint64(number)<<3|1)
	return binary.LittleEndian.AppendUint64(key, math.Float64bits(value))
}

func bytesField(number int, value []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(number)<<3|2)
	return append(binary.AppendUvarint(out, uint64(len(value))), value...)
}

func join(fields ...[]byte) (out []byte) {
	for _, field := range fields {
		out = append(out, field...)
	}
	return out
}

// One field: a number for varints and 64 bits, bytes for the rest.
type field struct {
	number uint64
	bytes  bool
	data   []byte
}

// The fields of a message by number; the last one of a number counts.
type message map[int]field

var errFrame = &refusal{"E_FRAME_INVALID", "a frame that does not decode"}

func parse(data []byte) (message, error) {
	out := message{}
	for len(data) > 0 {
		key, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, errFrame
		}
		data = data[n:]
		var one field
		switch key & 7 {
		case 0:
			one.number, n = binary.Uvarint(data)
		case 1:
			if n = 8; len(data) >= n {
				one.number = binary.LittleEndian.Uint64(data)
			}
		case 2:
			size, width := binary.Uvarint(data)
			if width <= 0 || size > uint64(len(data)-width) {
				return nil, errFrame
			}
			n = width + int(size)
			one.bytes, one.data = true, data[width:n]
		default:
			return nil, errFrame
		}
		if n <= 0 || n > len(data) {
			return nil, errFrame
		}
		data = data[n:]
		out[int(key>>3)] = one
	}
	return out, nil
}

// A packed repeated double.
func (m message) doubles(number int) ([]float64, error) {
	data := m[number].data
	if len(data)%8 != 0 {
		return nil, errFrame
	}
	out := make([]float64, len(data)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return out, nil
}

// --- Messages: request in, reply out ---

// A request that is answered with an Error.
type refusal struct{ code, text string }

func (r *refusal) Error() string { return r.code + ": " + r.text }

// The simulator and its one controller.
type simulator struct {
	sync.Mutex
	world      pendulum
	token      string
	controller *client
}

type client struct {
	*simulator
	greeted bool
}

func (c *client) spec(periodS float64) []byte {
	return bytesField(1, join(bytesField(1, []byte(robot)), doubleField(3, periodS), varintField(4, 1),
		bytesField(5, []byte(joint)), doubleField(6, physicsStepS), varintField(8, 1)))
}

func (c *client) reading() []byte {
	w := &c.world
	one := func(number int, value float64) []byte {
		return bytesField(number, binary.LittleEndian.AppendUint64(nil, math.Float64bits(value)))
	}
	return bytesField(2, join(varintField(1, w.sequence), doubleField(2, float64(w.steps)*physicsStepS),
		one(3, w.theta), one(4, w.velocity), one(5, w.effort)))
}

// The reply to a frame, and the code with which the connection is closed, 0 for none.
func (c *client) answer(frame []byte) ([]byte, uint16) {
	c.Lock()
	defer c.Unlock()
	request, err := parse(frame)
	var body []byte
	if err == nil {
		body, err = c.reply(request)
	}
	closeCode := uint16(0)
	var refused *refusal
	if errors.As(err, &refused) {
		body = bytesField(4, join(bytesField(1, []byte(refused.code)), bytesField(2, []byte(refused.text))))
		if refused == errFrame {
			closeCode = 1002
		} else if !c.greeted {
			closeCode = 1008
		}
	}
	return append(body, varintField(15, request[15].number)...), closeCode
}

func (c *client) reply(request message) ([]byte, error) {
	if hello, ok := request[1]; ok {
		return c.hello(hello.data)
	}
	if !c.greeted {
		return nil, &refusal{"E_PROTOCOL_MISMATCH", "the first message must be Hello"}
	}
	if reset, ok := request[2]; ok {
		return c.reset(reset.data)
	}
	if command, ok := request[3]; ok {
		fields, err := parse(command.data)
		if err != nil {
			return nil, err
		}
		targets, err := fields.doubles(2)
		if err != nil {
			return nil, err
		}
		if !finite(targets, 1) {
			return nil, &refusal{"E_SIMULATOR", "a command must have one finite target"}
		}
		c.world.command(targets[0])
		return c.reading(), nil
	}
	if request[4].bytes || request[5].bytes {
		return nil, &refusal{"E_NOT_IMPLEMENTED", "this simulator saves no state"}
	}
	return nil, errFrame
}

func (c *client) hello(data []byte) ([]byte, error) {
	hello, err := parse(data)
	if err != nil {
		return nil, err
	}
	mismatch := func(what string, own, other any) error {
		return &refusal{"E_PROTOCOL_MISMATCH", fmt.Sprintf("%s: the simulator has %v, the client %v", what, own, other)}
	}
	periodS := math.Float64frombits(hello[4].number)
	count := math.Round(periodS / physicsStepS)
	switch {
	case c.greeted:
		return nil, &refusal{"E_PROTOCOL_MISMATCH", "duplicate Hello"}
	case hello[1].number != 1:
		return nil, mismatch("protocol version", 1, hello[1].number)
	case string(hello[3].data) != robot:
		return nil, mismatch("robot", robot, string(hello[3].data))
	case hello[2].number != 1:
		return nil, &refusal{"E_NOT_IMPLEMENTED", "this simulator has no observers"}
	case c.controller != nil:
		return nil, &refusal{"E_CONTROLLER_TAKEN", robot + " already has a controller"}
	case !(count >= 1 && count < 1e6) || math.Abs(count*physicsStepS-periodS) > 1e-9*periodS:
		return nil, mismatch("control period in s", fmt.Sprintf("multiples of %v", physicsStepS), periodS)
	}
	c.world.stepsPerPeriod = int(count)
	c.controller, c.greeted = c, true
	return c.spec(periodS), nil
}

func (c *client) reset(data []byte) ([]byte, error) {
	reset, err := parse(data)
	if err != nil {
		return nil, err
	}
	state, ok := reset[2]
	if !ok {
		random := rand.New(rand.NewSource(int64(reset[1].number)))
		c.world.reset(math.Pi*(2*random.Float64()-1), 2*random.Float64()-1)
		return c.reading(), nil
	}
	fields, err := parse(state.data)
	if err != nil {
		return nil, err
	}
	qpos, err := fields.doubles(1)
	if err != nil {
		return nil, err
	}
	qvel, err := fields.doubles(2)
	if err != nil {
		return nil, err
	}
	if !finite(qpos, 1) || !finite(qvel, 1) {
		return nil, &refusal{"E_SIMULATOR", "a reset must have one finite qpos and one finite qvel"}
	}
	c.world.reset(qpos[0], qvel[0])
	return c.reading(), nil
}

func finite(values []float64, size int) bool {
	for _, value := range values {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return false
		}
	}
	return len(values) == size
}

func (c *client) leave() {
	c.Lock()
	defer c.Unlock()
	if c.controller == c {
		c.controller = nil
	}
}

// --- WebSocket: RFC 6455, the server's half ---

type closed struct{ code uint16 }

func (c closed) Error() string { return fmt.Sprintf("closed with %d", c.code) }

func (s *simulator) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	key := request.Header.Get("Sec-WebSocket-Key")
	offered := strings.Split(strings.ReplaceAll(request.Header.Get("Sec-WebSocket-Protocol"), " ", ""), ",")
	shown := []string{strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")}
	speaks := false
	for _, protocol := range offered {
		speaks = speaks || protocol == subprotocol
		if token, ok := strings.CutPrefix(protocol, "bearer."); ok {
			shown = append(shown, token)
		}
	}
	known := s.token == ""
	for _, token := range shown {
		known = known || subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1
	}
	switch {
	case request.Header.Get("Origin") != "":
		http.Error(response, "no pages", http.StatusForbidden)
		return
	case !known:
		http.Error(response, "a token is required", http.StatusUnauthorized)
		return
	case !speaks || key == "":
		http.Error(response, "this server speaks "+subprotocol, http.StatusBadRequest)
		return
	}
	// Go sets TCP_NODELAY by default.
	connection, stream, err := response.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	digest := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(stream, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n", base64.StdEncoding.EncodeToString(digest[:]), subprotocol)
	stream.Flush()
	s.converse(connection, stream)
}

func (s *simulator) converse(connection net.Conn, stream *bufio.ReadWriter) {
	c := &client{simulator: s}
	defer c.leave()
	connection.SetDeadline(time.Now().Add(helloTimeout))
	code := uint16(0)
	for code == 0 {
		frame, err := readMessage(stream)
		var end closed
		var reply []byte
		switch {
		case errors.As(err, &end):
			code = end.code
		case errors.Is(err, os.ErrDeadlineExceeded):
			code = 1008
		case err != nil:
			return // disconnected without a close frame: the world waits
		default:
			reply, code = c.answer(frame)
			connection.SetDeadline(time.Time{})
			writeFrame(stream, 2, reply)
		}
	}
	c.leave()
	connection.SetDeadline(time.Now().Add(2 * time.Second))
	writeFrame(stream, 8, binary.BigEndian.AppendUint16(nil, code))
	if tcp, ok := connection.(*net.TCPConn); ok {
		tcp.CloseWrite()
	}
	io.Copy(io.Discard, stream) // unread input would reset the connection before the close frame arrives
}

// The next binary message. Answers pings.
func readMessage(stream *bufio.ReadWriter) (out []byte, err error) {
	for {
		var head [2]byte
		if _, err = io.ReadFull(stream, head[:]); err != nil {
			return nil, err
		}
		opcode, size := head[0]&0x0f, uint64(head[1]&0x7f)
		if head[0]&0x70 != 0 || head[1]&0x80 == 0 || (opcode >= 8 && size > maxControlBytes) {
			return nil, closed{1002} // reserved bits, a frame without a mask, or a large control frame
		}
		if size >= 126 {
			wide := make([]byte, map[uint64]int{126: 2, 127: 8}[size])
			if _, err = io.ReadFull(stream, wide); err != nil {
				return nil, err
			}
			size = 0
			for _, digit := range wide {
				size = size<<8 | uint64(digit)
			}
		}
		if size > maxFrameBytes || uint64(len(out))+size > maxFrameBytes {
			return nil, closed{1009}
		}
		masked := make([]byte, 4+size)
		if _, err = io.ReadFull(stream, masked); err != nil {
			return nil, err
		}
		payload := masked[4:]
		for i := range payload {
			payload[i] ^= masked[i&3]
		}
		switch opcode {
		case 1:
			return nil, closed{1003}
		case 8:
			return nil, closed{1000}
		case 9:
			writeFrame(stream, 10, payload)
		case 0, 2:
			out = append(out, payload...)
			if head[0]&0x80 != 0 {
				return out, nil
			}
		}
	}
}

func writeFrame(stream *bufio.ReadWriter, opcode byte, payload []byte) {
	head := []byte{0x80 | opcode, byte(len(payload))}
	if len(payload) > maxControlBytes {
		head = binary.BigEndian.AppendUint16([]byte{0x80 | opcode, 126}, uint16(len(payload)))
	}
	stream.Write(head)
	stream.Write(payload)
	stream.Flush()
}

func main() {
	port := os.Getenv("SOFTQD_SIMULATOR_PORT")
	if port == "" {
		port = "8741"
	}
	address := net.JoinHostPort("127.0.0.1", port)
	fmt.Printf("%s in lock-step at ws://%s\n", robot, address)
	log.Fatal(http.ListenAndServe(address, &simulator{token: os.Getenv("SOFTQD_SIMULATOR_TOKEN")}))
}
