// Command credential opens the vault by one credential of azidentity and prints whom its token names. It knows of no
// emulator: what a credential needs comes from the environment.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
)

func main() {
	log.SetFlags(0)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx, os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, name string) error {
	credential, err := choose(name)
	if err != nil {
		return err
	}
	url := fmt.Sprintf("https://%s.vault.azure.net", os.Getenv("KEY_VAULT_NAME"))
	client, err := azcertificates.NewClient(url, credential, nil)
	if err != nil {
		return err
	}
	for pager := client.NewListCertificatePropertiesPager(nil); pager.More(); {
		if _, err := pager.NextPage(ctx); err != nil {
			return err
		}
	}
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://vault.azure.net/.default"}})
	if err != nil {
		return err
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token.Token, ".")[1])
	if err != nil {
		return err
	}
	var claims struct{ OID string }
	if err := json.Unmarshal(payload, &claims); err != nil {
		return err
	}
	fmt.Println(claims.OID)
	return nil
}

func choose(name string) (azcore.TokenCredential, error) {
	tenant, client := os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID")
	switch name {
	case "DefaultAzureCredential":
		return azidentity.NewDefaultAzureCredential(nil)
	case "ManagedIdentityCredential":
		return azidentity.NewManagedIdentityCredential(nil)
	case "ManagedIdentityCredential, user-assigned":
		options := azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ClientID(client)}
		return azidentity.NewManagedIdentityCredential(&options)
	case "WorkloadIdentityCredential":
		return azidentity.NewWorkloadIdentityCredential(nil)
	case "ClientSecretCredential":
		return azidentity.NewClientSecretCredential(tenant, client, os.Getenv("AZURE_CLIENT_SECRET"), nil)
	case "ClientCertificateCredential":
		pem, err := os.ReadFile(os.Getenv("AZURE_CLIENT_CERTIFICATE_PATH"))
		if err != nil {
			return nil, err
		}
		certificates, key, err := azidentity.ParseCertificates(pem, nil)
		if err != nil {
			return nil, err
		}
		return azidentity.NewClientCertificateCredential(tenant, client, certificates, key, nil)
	case "AzureCliCredential":
		return azidentity.NewAzureCLICredential(nil)
	default:
		return nil, fmt.Errorf("there is no %q", name)
	}
}
