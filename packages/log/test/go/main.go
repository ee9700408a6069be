// franz-go, as ForeignClient (test/foreign/foreign-client.ts) drives it: `foreign HOST:PORT`.
// Reads what to do as lines of JSON, and answers with lines of JSON, until its input ends.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A line that asks for something. Each verb has its own arguments, in the same line.
type line struct {
	ID int    `json:"id"`
	Do string `json:"do"`
}

type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// driver holds what is open, by the names that it was given.
type driver struct {
	bootstrap string
	admin     *kadm.Client
	mutex     sync.Mutex
	producers map[string]*producer
	members   map[string]*member
}

type verb func(d *driver, arguments []byte) (any, error)

// verbOf makes a verb of a function that takes its arguments decoded.
func verbOf[Arguments any](do func(*driver, Arguments) (any, error)) verb {
	return func(d *driver, text []byte) (any, error) {
		var arguments Arguments
		if err := json.Unmarshal(text, &arguments); err != nil {
			return nil, err
		}
		return do(d, arguments)
	}
}

var output sync.Mutex

// tell writes one line, whole.
func tell(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(text))
}

// codeOf finds Kafka's code in an error.
func codeOf(err error) string {
	var code *kerr.Error
	if errors.As(err, &code) {
		return code.Message
	}
	return "UNKNOWN"
}

func main() {
	bootstrap := os.Args[1]
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	if err != nil {
		panic(err)
	}
	d := &driver{
		bootstrap: bootstrap,
		admin:     kadm.NewClient(client),
		producers: map[string]*producer{},
		members:   map[string]*member{},
	}
	input := bufio.NewReader(os.Stdin)
	for {
		text, err := input.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked line
		if err := json.Unmarshal(text, &asked); err != nil {
			panic(err)
		}
		go answer(d, asked, text)
	}
}

func answer(d *driver, asked line, text []byte) {
	do, there := verbs[asked.Do]
	if !there {
		message := "It cannot " + asked.Do + "."
		tell(map[string]any{"id": asked.ID, "failure": failure{"UNKNOWN", message}})
		return
	}
	result, err := do(d, text)
	if err != nil {
		failed := failure{codeOf(err), err.Error()}
		tell(map[string]any{"id": asked.ID, "failure": failed})
		return
	}
	tell(map[string]any{"id": asked.ID, "answer": result})
}

var verbs = map[string]verb{
	"producer":          verbOf(openProducer),
	"send":              verbOf(send),
	"begin":             verbOf(begin),
	"commit":            verbOf(commit),
	"abort":             verbOf(abort),
	"read":              verbOf(read),
	"join":              verbOf(join),
	"copy":              verbOf(copyRecords),
	"leave":             verbOf(leave),
	"createTopic":       verbOf(createTopic),
	"topics":            verbOf(topics),
	"partitions":        verbOf(partitions),
	"createPartitions":  verbOf(createPartitions),
	"deleteTopic":       verbOf(deleteTopic),
	"configs":           verbOf(configs),
	"alterConfigs":      verbOf(alterConfigs),
	"offsets":           verbOf(offsets),
	"deleteRecords":     verbOf(deleteRecords),
	"cluster":           verbOf(cluster),
	"groups":            verbOf(groups),
	"describeGroup":     verbOf(describeGroup),
	"groupOffsets":      verbOf(groupOffsets),
	"setGroupOffset":    verbOf(setGroupOffset),
	"deleteGroupOffset": verbOf(deleteGroupOffset),
	"deleteGroup":       verbOf(deleteGroup),
}
