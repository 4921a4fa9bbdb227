// A stranger's tests: the official SDK, the package and nothing else.
package tests

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"akv.test/akvtest"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
)

var akv *akvtest.Emulator

func TestMain(m *testing.M) { os.Exit(akvtest.Main(m, &akv)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func certificates(t *testing.T) *azcertificates.Client {
	t.Helper()
	akv.Setenv(t)
	t.Cleanup(func() { must(t, akv.Reset()) })
	options := azcore.ClientOptions{Transport: akv.Client()}
	credential, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: options})
	must(t, err)
	client, err := azcertificates.NewClient(akv.VaultURL(), credential, &azcertificates.ClientOptions{ClientOptions: options})
	must(t, err)
	return client
}

func create(t *testing.T, client *azcertificates.Client) string {
	t.Helper()
	self, subject := "Self", "CN=web"
	_, err := client.CreateCertificate(context.Background(), "web", azcertificates.CreateCertificateParameters{
		CertificatePolicy: &azcertificates.CertificatePolicy{
			IssuerParameters:          &azcertificates.IssuerParameters{Name: &self},
			X509CertificateProperties: &azcertificates.X509CertificateProperties{Subject: &subject},
		},
	}, nil)
	must(t, err)
	return version(t, client)
}

func version(t *testing.T, client *azcertificates.Client) string {
	t.Helper()
	found, err := client.GetCertificate(context.Background(), "web", "", nil)
	must(t, err)
	return found.ID.Version()
}

func status(err error) int {
	var refused *azcore.ResponseError
	if errors.As(err, &refused) {
		return refused.StatusCode
	}
	return 0
}

func TestThirteenMonthsLaterTheCertificateIsAnother(t *testing.T) {
	client := certificates(t)
	first := create(t, client)
	must(t, akv.Advance("395d"))
	if version(t, client) == first {
		t.Error("it was not renewed")
	}
}

func TestEachTestHasAVaultToItselfAndTheJournalSaysWhatWasAsked(t *testing.T) {
	client := certificates(t)
	create(t, client)
	_, err := certificates(t).GetCertificate(context.Background(), "web", "", nil)
	if status(err) != 404 {
		t.Error(err)
	}
	journal, err := akv.Journal("operation=CertificateCreate", "status=202")
	if err != nil || len(journal) != 1 || journal[0].Path != "/certificates/web/create" {
		t.Error(err, journal)
	}
	if _, err := akv.Journal("status=soon"); err == nil || !strings.Contains(err.Error(), "soon") {
		t.Error(err)
	}
	must(t, akv.Reset())
	if _, err := client.GetCertificate(context.Background(), "web", "", nil); err == nil {
		t.Error("a certificate outlived the reset")
	}
	must(t, akv.Reset())
	if journal, err := akv.Journal(); err != nil || len(journal) > 0 {
		t.Error(err, journal)
	}
}

func TestAFaultHappensAsOftenAsItWasAskedTo(t *testing.T) {
	client := certificates(t)
	create(t, client)
	must(t, akv.Fault(akvtest.Fault{
		On:    map[string]string{"operation": "CertificateGet"},
		Do:    map[string]any{"answer": map[string]int{"status": 403}},
		Times: 1,
	}))
	if _, err := client.GetCertificate(context.Background(), "web", "", nil); status(err) != 403 {
		t.Error(err)
	}
	version(t, client)
	must(t, akv.Fault(akvtest.Fault{Do: map[string]any{"answer": map[string]int{"status": 403}}}))
	if _, err := client.GetCertificate(context.Background(), "web", "", nil); status(err) != 403 {
		t.Error(err)
	}
	must(t, akv.ClearFaults())
	version(t, client)
}

func TestAnotherClockCreatesOnAnotherDay(t *testing.T) {
	client := certificates(t)
	must(t, akv.SetClock("2040-01-01"))
	must(t, akv.Freeze())
	create(t, client)
	found, err := client.GetCertificate(context.Background(), "web", "", nil)
	if err != nil || !found.Attributes.Created.Equal(time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Error(err, found.Attributes)
	}
}

func TestNonsenseIsRefusedInWordsAndAnEmulatorOfOnesOwnEnds(t *testing.T) {
	if err := akv.Advance("soon"); err == nil || !strings.Contains(err.Error(), "soon") {
		t.Error(err)
	}
	own, err := akvtest.Start("--timing", "azure")
	must(t, err)
	must(t, own.Advance("1h"))
	own.Close()
	if own.Advance("1h") == nil {
		t.Error("it answers still")
	}
	if _, err := akvtest.Start("--no-such-option"); err == nil {
		t.Error("it started")
	}
}
