// Package akvtest is an Azure Key Vault on your own machine, for tests. The standard library suffices.
package akvtest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Emulator is an `akv serve` of one's own. Its methods fail only if it has ended, or refuses what it is asked.
type Emulator struct {
	// Proxy is where it listens: an HTTP proxy.
	Proxy string

	binary  string
	data    string
	process *exec.Cmd
	client  *http.Client
	vaults  atomic.Int64
}

// Fault is what is to go wrong: Do, with requests as On says, so many Times (0: always) or Percent (0: all) of them.
type Fault struct {
	On      map[string]string `json:"on"`
	Do      map[string]any    `json:"do"`
	Times   int               `json:"times,omitempty"`
	Percent int               `json:"percent,omitempty"`
}

// Request is one entry of the journal, as far as tests ask for it.
type Request struct {
	Operation string `json:"operation"`
	Vault     string `json:"vault"`
	Path      string `json:"path"`
	Status    int    `json:"status"`
}

// Main runs the tests of a package with one emulator for all of them: `func TestMain(m *testing.M) { os.Exit(akvtest.Main(m,
// &akv)) }`. azidentity keeps the token of a managed identity for the whole process, so that a second emulator would be
// shown the first one's.
func Main(m *testing.M, akv **Emulator, options ...string) int {
	started, err := Start(options...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer started.Close()
	*akv = started
	return m.Run()
}

// Start starts the binary that AKV names, or akv, with more options for `akv serve` if given.
func Start(options ...string) (*Emulator, error) {
	binary := os.Getenv("AKV")
	if binary == "" {
		binary = "akv"
	}
	data, err := os.MkdirTemp("", "akv-")
	if err != nil {
		return nil, err
	}
	serve := append([]string{"serve", "--port", "0", "--data-dir", data}, options...)
	akv := &Emulator{binary: binary, data: data, process: exec.Command(binary, serve...)}
	if err := akv.await(); err != nil {
		akv.Close()
		return nil, fmt.Errorf("%s did not start: %w", akv.process, err)
	}
	return akv, nil
}

// await reads the line that says where it listens, and trusts its authority.
func (e *Emulator) await() error {
	output, err := e.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := e.process.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		return err
	}
	var ready struct{ Proxy string }
	if err := json.Unmarshal(line, &ready); err != nil {
		return err
	}
	e.Proxy = ready.Proxy
	proxy, err := url.Parse(e.Proxy)
	if err != nil {
		return err
	}
	pem, err := e.control(http.MethodGet, "ca.pem", nil)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	secure := func(request *http.Request) (*url.URL, error) {
		if request.URL.Scheme == "https" {
			return proxy, nil
		}
		return nil, nil
	}
	e.client = &http.Client{Transport: &http.Transport{Proxy: secure, TLSClientConfig: &tls.Config{RootCAs: roots}}}
	return nil
}

// Close ends it.
func (e *Emulator) Close() {
	if e.process.Process != nil {
		_ = e.process.Process.Kill()
		_ = e.process.Wait()
	}
	_ = os.RemoveAll(e.data)
}

// Client reaches every vault and the login authority, whatever Go has read of the environment:
// azcore.ClientOptions{Transport: akv.Client()}.
func (e *Emulator) Client() *http.Client { return e.client }

// Setenv sets the variables that unmodified programs need, until the test ends.
func (e *Emulator) Setenv(tb testing.TB) {
	tb.Helper()
	variables := map[string]*string{}
	output, err := exec.Command(e.binary, "env", "--port", e.Proxy[strings.LastIndex(e.Proxy, ":")+1:], "--shell", "json").Output()
	if err == nil {
		err = json.Unmarshal(output, &variables)
	}
	if err != nil {
		tb.Fatal(err)
	}
	for name, value := range variables {
		if value != nil {
			tb.Setenv(name, *value)
		} else if _, set := os.LookupEnv(name); set {
			tb.Setenv(name, "") // so that it is put back
			_ = os.Unsetenv(name)
		}
	}
}

// VaultURL is a vault that nobody else uses.
func (e *Emulator) VaultURL() string {
	return fmt.Sprintf("https://test-%d.vault.azure.net", e.vaults.Add(1))
}

// Advance moves the vaults' clock: "90d", "1h".
func (e *Emulator) Advance(by string) error {
	_, err := e.control(http.MethodPost, "clock", map[string]string{"advance": by})
	return err
}

// SetClock sets the vaults' clock: "2027-01-31", or RFC 3339.
func (e *Emulator) SetClock(at string) error {
	_, err := e.control(http.MethodPost, "clock", map[string]string{"set": at})
	return err
}

// Freeze lets the vaults' clock stand.
func (e *Emulator) Freeze() error {
	_, err := e.control(http.MethodPost, "clock", "freeze")
	return err
}

// ClearFaults takes all faults back.
func (e *Emulator) ClearFaults() error {
	_, err := e.control(http.MethodDelete, "faults", nil)
	return err
}

// Fault lets requests go wrong.
func (e *Emulator) Fault(fault Fault) error {
	if fault.On == nil {
		fault.On = map[string]string{}
	}
	_, err := e.control(http.MethodPost, "faults", fault)
	return err
}

// Journal is what was asked of the vaults, oldest first: Journal("operation=SecretGet", "status=200").
func (e *Emulator) Journal(criteria ...string) ([]Request, error) {
	query := strings.Join(append([]string{"kind=request"}, criteria...), "&")
	text, err := e.control(http.MethodGet, "journal?"+query, nil)
	if err != nil {
		return nil, err
	}
	var journal struct{ Entries []struct{ Request Request } }
	err = json.Unmarshal(text, &journal)
	requests := make([]Request, len(journal.Entries))
	for i, entry := range journal.Entries {
		requests[i] = entry.Request
	}
	return requests, err
}

// Reset goes back to the start: its vaults and contents, its faults, an empty journal; and the machine's clock.
func (e *Emulator) Reset() error {
	_, clock := e.control(http.MethodPost, "clock", "reset")
	_, rest := e.control(http.MethodPost, "reset", nil)
	return errors.Join(clock, rest)
}

// direct goes through no proxy, which would carry the question away from the emulator.
var direct = &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}

func (e *Emulator) control(method, path string, body any) ([]byte, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, e.Proxy+"/akv/"+path, content)
	if err != nil {
		return nil, err
	}
	answer, err := direct.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(string(text))
	}
	return text, err
}
