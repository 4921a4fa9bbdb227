// Command objects leads secrets and keys through their lives by azsecrets and azkeys: create, rotate, sign there and
// verify here, encrypt here and decrypt there, page, delete, recover, purge. It knows of no emulator.
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

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
	secrets, err := azsecrets.NewClient(url, credential, nil)
	if err != nil {
		return err
	}
	keys, err := azkeys.NewClient(url, credential, nil)
	if err != nil {
		return err
	}
	steps := []struct {
		name string
		run  func() error
	}{
		{"secrets", func() error { return secretsLife(ctx, secrets) }},
		{"keys", func() error { return keysLife(ctx, keys) }},
		{"RSA", func() error { return rsaKey(ctx, keys) }},
		{"EC", func() error { return ecKey(ctx, keys) }},
	}
	for _, step := range steps {
		if err := step.run(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Println(step.name + ": ok")
	}
	return nil
}

func secretsLife(ctx context.Context, client *azsecrets.Client) error {
	set := func(name, value string) (azsecrets.SetSecretResponse, error) {
		return client.SetSecret(ctx, name, azsecrets.SetSecretParameters{Value: &value}, nil)
	}
	first, err := set("s", "one")
	if err != nil {
		return err
	}
	if _, err := set("s", "two"); err != nil {
		return err
	}
	for version, value := range map[string]string{"": "two", first.ID.Version(): "one"} {
		got, err := client.GetSecret(ctx, "s", version, nil)
		if err != nil {
			return err
		}
		if *got.Value != value {
			return fmt.Errorf("got %q, not %q", *got.Value, value)
		}
	}
	backup, err := client.BackupSecret(ctx, "s", nil)
	if err != nil {
		return err
	}
	gone := func() error {
		if _, err := client.DeleteSecret(ctx, "s", nil); err != nil {
			return err
		}
		return settled(ctx, func() error { _, err := client.GetDeletedSecret(ctx, "s", nil); return err })
	}
	if err := gone(); err != nil {
		return err
	}
	if _, err := set("s", "three"); !is(err, http.StatusConflict, "Conflict") {
		return fmt.Errorf("set while deleted: %w", err)
	}
	if _, err := client.RecoverDeletedSecret(ctx, "s", nil); err != nil {
		return err
	}
	if err := settled(ctx, func() error { _, err := client.GetSecret(ctx, "s", "", nil); return err }); err != nil {
		return err
	}
	if err := gone(); err != nil {
		return err
	}
	if _, err := client.PurgeDeletedSecret(ctx, "s", nil); err != nil {
		return err
	}
	if _, err := client.GetDeletedSecret(ctx, "s", nil); !is(err, http.StatusNotFound, "SecretNotFound") {
		return fmt.Errorf("get what was purged: %w", err)
	}
	restored, err := client.RestoreSecret(ctx, azsecrets.RestoreSecretParameters{SecretBackup: backup.Value}, nil)
	if err != nil {
		return err
	}
	if restored.ID.Name() != "s" {
		return fmt.Errorf("restored %s", *restored.ID)
	}
	for number := range 59 {
		if _, err := set(fmt.Sprintf("page%d", number), "x"); err != nil {
			return err
		}
	}
	return paged(ctx, client.NewListSecretPropertiesPager(nil), func(page azsecrets.ListSecretPropertiesResponse) int {
		return len(page.Value)
	})
}

func keysLife(ctx context.Context, client *azkeys.Client) error {
	create := func(name string, kty azkeys.KeyType) (azkeys.CreateKeyResponse, error) {
		return client.CreateKey(ctx, name, azkeys.CreateKeyParameters{Kty: &kty}, nil)
	}
	made, err := create("k", azkeys.KeyTypeEC)
	if err != nil {
		return err
	}
	policy := azkeys.KeyRotationPolicy{
		Attributes: &azkeys.KeyRotationPolicyAttributes{ExpiryTime: to.Ptr("P90D")},
		LifetimeActions: []*azkeys.LifetimeAction{{
			Action:  &azkeys.LifetimeActionType{Type: to.Ptr(azkeys.KeyRotationPolicyActionRotate)},
			Trigger: &azkeys.LifetimeActionTrigger{TimeAfterCreate: to.Ptr("P30D")},
		}},
	}
	if _, err := client.UpdateKeyRotationPolicy(ctx, "k", policy, nil); err != nil {
		return err
	}
	rotated, err := client.RotateKey(ctx, "k", nil)
	if err != nil {
		return err
	}
	if *rotated.Key.KID == *made.Key.KID || rotated.Attributes.Expires == nil {
		return fmt.Errorf("rotated into %s, expires %v", *rotated.Key.KID, rotated.Attributes.Expires)
	}
	gone := func() error {
		if _, err := client.DeleteKey(ctx, "k", nil); err != nil {
			return err
		}
		return settled(ctx, func() error { _, err := client.GetDeletedKey(ctx, "k", nil); return err })
	}
	if err := gone(); err != nil {
		return err
	}
	if _, err := client.RecoverDeletedKey(ctx, "k", nil); err != nil {
		return err
	}
	if err := settled(ctx, func() error { _, err := client.GetKey(ctx, "k", "", nil); return err }); err != nil {
		return err
	}
	if err := gone(); err != nil {
		return err
	}
	if _, err := client.PurgeDeletedKey(ctx, "k", nil); err != nil {
		return err
	}
	if _, err := client.GetDeletedKey(ctx, "k", nil); !is(err, http.StatusNotFound, "KeyNotFound") {
		return fmt.Errorf("get what was purged: %w", err)
	}
	for number := range 60 {
		if _, err := create(fmt.Sprintf("page%d", number), azkeys.KeyTypeEC); err != nil {
			return err
		}
	}
	return paged(ctx, client.NewListKeyPropertiesPager(nil), func(page azkeys.ListKeyPropertiesResponse) int {
		return len(page.Value)
	})
}

// rsaKey signs there and verifies by crypto/rsa, encrypts by crypto/rsa and decrypts there.
func rsaKey(ctx context.Context, client *azkeys.Client) error {
	made, err := client.CreateKey(ctx, "rsa", azkeys.CreateKeyParameters{Kty: to.Ptr(azkeys.KeyTypeRSA)}, nil)
	if err != nil {
		return err
	}
	public := rsa.PublicKey{
		N: new(big.Int).SetBytes(made.Key.N),
		E: int(new(big.Int).SetBytes(made.Key.E).Int64()),
	}
	digest := sha256.Sum256([]byte("a text"))
	sign := func(algorithm azkeys.SignatureAlgorithm) ([]byte, error) {
		signed, err := client.Sign(ctx, "rsa", "", azkeys.SignParameters{Algorithm: &algorithm, Value: digest[:]}, nil)
		return signed.Result, err
	}
	signature, err := sign(azkeys.SignatureAlgorithmRS256)
	if err != nil {
		return err
	}
	if err := rsa.VerifyPKCS1v15(&public, crypto.SHA256, digest[:], signature); err != nil {
		return err
	}
	if signature, err = sign(azkeys.SignatureAlgorithmPS256); err != nil {
		return err
	}
	if err := rsa.VerifyPSS(&public, crypto.SHA256, digest[:], signature, nil); err != nil {
		return err
	}
	sealed, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &public, digest[:], nil)
	if err != nil {
		return err
	}
	opened, err := client.Decrypt(ctx, "rsa", "", azkeys.KeyOperationParameters{
		Algorithm: to.Ptr(azkeys.EncryptionAlgorithmRSAOAEP256),
		Value:     sealed,
	}, nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(opened.Result, digest[:]) {
		return errors.New("another text came back")
	}
	return nil
}

// ecKey imports a key made here; what it signs there verifies here.
func ecKey(ctx context.Context, client *azkeys.Client) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		return err
	}
	scalar, err := private.Bytes()
	if err != nil {
		return err
	}
	jwk := azkeys.JSONWebKey{
		Kty: to.Ptr(azkeys.KeyTypeEC),
		Crv: to.Ptr(azkeys.CurveNameP256),
		X:   point[1:33],
		Y:   point[33:],
		D:   scalar,
	}
	if _, err := client.ImportKey(ctx, "ec", azkeys.ImportKeyParameters{Key: &jwk}, nil); err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("a text"))
	signed, err := client.Sign(ctx, "ec", "", azkeys.SignParameters{
		Algorithm: to.Ptr(azkeys.SignatureAlgorithmES256),
		Value:     digest[:],
	}, nil)
	if err != nil {
		return err
	}
	r, s := new(big.Int).SetBytes(signed.Result[:32]), new(big.Int).SetBytes(signed.Result[32:])
	if !ecdsa.Verify(&private.PublicKey, digest[:], r, s) {
		return errors.New("the signature is another key's")
	}
	return nil
}

func paged[T any](ctx context.Context, pager *runtime.Pager[T], count func(T) int) error {
	var sizes []int
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return err
		}
		sizes = append(sizes, count(page))
	}
	if !slices.Equal(sizes, []int{25, 25, 10}) {
		return fmt.Errorf("pages of %v", sizes)
	}
	return nil
}

// settled asks until the answer is no longer that nothing is there.
func settled(ctx context.Context, get func() error) error {
	for {
		err := get()
		if !is(err, http.StatusNotFound, "SecretNotFound") && !is(err, http.StatusNotFound, "KeyNotFound") {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

func is(err error, status int, code string) bool {
	var refused *azcore.ResponseError
	return errors.As(err, &refused) && refused.StatusCode == status && refused.ErrorCode == code
}
