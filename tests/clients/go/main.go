// Command clients-go leads a certificate through its life by azcertificates: create, get, list, delete, recover, purge.
// It knows of no emulator: the same program runs against Azure.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
)

const name = "quickstart-go"

func main() {
	log.SetFlags(0)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return err
	}
	url := fmt.Sprintf("https://%s.vault.azure.net", os.Getenv("KEY_VAULT_NAME"))
	client, err := azcertificates.NewClient(url, credential, nil)
	if err != nil {
		return err
	}

	created, err := create(ctx, client)
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	fmt.Printf("created %s, version %s\n", created.ID.Name(), created.ID.Version())

	names, err := list(ctx, client)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	if !slices.Equal(names, []string{name}) {
		return fmt.Errorf("listed %q", names)
	}

	deleted, err := remove(ctx, client)
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	fmt.Printf("deleted %s, to be purged on %s\n", name, deleted.ScheduledPurgeDate.Format(time.DateOnly))

	if _, err := create(ctx, client); !isNameTaken(err) {
		return fmt.Errorf("create while deleted: %w", err)
	}

	if _, err := client.RecoverDeletedCertificate(ctx, name, nil); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	recovered, err := settled(ctx, func() (azcertificates.GetCertificateResponse, error) {
		return client.GetCertificate(ctx, name, "", nil)
	})
	if err != nil {
		return fmt.Errorf("get what was recovered: %w", err)
	}
	if *recovered.ID != *created.ID || !bytes.Equal(recovered.CER, created.CER) {
		return fmt.Errorf("recovered %s, not %s", *recovered.ID, *created.ID)
	}
	fmt.Printf("recovered %s\n", name)

	if _, err := remove(ctx, client); err != nil {
		return fmt.Errorf("delete again: %w", err)
	}
	if _, err := client.PurgeDeletedCertificate(ctx, name, nil); err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	if _, err := client.GetDeletedCertificate(ctx, name, nil); !isNotFound(err) {
		return fmt.Errorf("get what was purged: %w", err)
	}
	fmt.Printf("purged %s\n", name)
	return nil
}

// create asks for a certificate and waits for it: this SDK has no pollers.
func create(ctx context.Context, client *azcertificates.Client) (azcertificates.Certificate, error) {
	var none azcertificates.Certificate
	parameters := azcertificates.CreateCertificateParameters{
		CertificatePolicy: &azcertificates.CertificatePolicy{
			IssuerParameters:          &azcertificates.IssuerParameters{Name: to.Ptr("Self")},
			X509CertificateProperties: &azcertificates.X509CertificateProperties{Subject: to.Ptr("CN=DefaultPolicy")},
		},
	}
	if _, err := client.CreateCertificate(ctx, name, parameters, nil); err != nil {
		return none, err
	}
	for {
		operation, err := client.GetCertificateOperation(ctx, name, nil)
		if err != nil {
			return none, err
		}
		switch *operation.Status {
		case "completed":
			got, err := client.GetCertificate(ctx, name, "", nil)
			return got.Certificate, err
		case "inProgress":
			if err := pause(ctx); err != nil {
				return none, err
			}
		default:
			return none, fmt.Errorf("operation ended as %q", *operation.Status)
		}
	}
}

func list(ctx context.Context, client *azcertificates.Client) (names []string, err error) {
	pager := client.NewListCertificatePropertiesPager(nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, certificate := range page.Value {
			names = append(names, certificate.ID.Name())
		}
	}
	return names, nil
}

// remove deletes the certificate and waits until the deleted one can be read.
func remove(ctx context.Context, client *azcertificates.Client) (azcertificates.DeletedCertificate, error) {
	if _, err := client.DeleteCertificate(ctx, name, nil); err != nil {
		return azcertificates.DeletedCertificate{}, err
	}
	deleted, err := settled(ctx, func() (azcertificates.GetDeletedCertificateResponse, error) {
		return client.GetDeletedCertificate(ctx, name, nil)
	})
	return deleted.DeletedCertificate, err
}

// settled asks until the answer is no longer that nothing is there.
func settled[T any](ctx context.Context, get func() (T, error)) (T, error) {
	for {
		found, err := get()
		if !isNotFound(err) {
			return found, err
		}
		if err := pause(ctx); err != nil {
			return found, err
		}
	}
}

// pause is how long Azure asks its clients to wait between two questions; it is not reached where nothing takes time.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * time.Second):
		return nil
	}
}

func isNotFound(err error) bool {
	var refused *azcore.ResponseError
	return errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound &&
		refused.ErrorCode == "CertificateNotFound"
}

func isNameTaken(err error) bool {
	const message = "Certificate " + name + " is currently in a deleted but recoverable state, and its name cannot be " +
		"reused; in this state, the certificate can only be recovered or purged."
	var refused *azcore.ResponseError
	return errors.As(err, &refused) && refused.StatusCode == http.StatusConflict &&
		refused.ErrorCode == "Conflict" && strings.Contains(refused.Error(), message)
}
