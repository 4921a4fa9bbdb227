// Command witness fetches a certificate of every key type in both forms of its secret, and lets crypto/x509 and
// crypto/tls judge it: chain, name, purpose, request, key, and a TLS handshake. It knows of no emulator.
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	"golang.org/x/sync/errgroup"
	"software.sslmate.com/src/go-pkcs12"
)

const host = "witness.example"

// A kind of key, by the words that it has in a policy.
type kind struct {
	name  string
	kty   azcertificates.KeyType
	size  *int32
	curve *azcertificates.CurveName // of EC keys
}

func kinds() []kind {
	rsa := func(size int32) kind {
		return kind{name: fmt.Sprintf("RSA-%d", size), kty: azcertificates.KeyTypeRSA, size: &size}
	}
	ec := func(curve azcertificates.CurveName) kind {
		return kind{name: string(curve), kty: azcertificates.KeyTypeEC, curve: &curve}
	}
	return []kind{
		rsa(2048), rsa(3072), rsa(4096),
		ec(azcertificates.CurveNameP256), ec(azcertificates.CurveNameP384), ec(azcertificates.CurveNameP521),
		ec(azcertificates.CurveNameP256K),
	}
}

type witness struct {
	certificates *azcertificates.Client
	secrets      *azsecrets.Client
}

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
	certificates, err := azcertificates.NewClient(url, credential, nil)
	if err != nil {
		return err
	}
	secrets, err := azsecrets.NewClient(url, credential, nil)
	if err != nil {
		return err
	}
	w := witness{certificates, secrets}
	group, ctx := errgroup.WithContext(ctx)
	for _, kind := range kinds() {
		for form, contentType := range map[string]string{"p12": "application/x-pkcs12", "pem": "application/x-pem-file"} {
			group.Go(func() error {
				name := fmt.Sprintf("%s-%s", kind.name, form)
				if err := w.judge(ctx, name, kind, contentType); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				return nil
			})
		}
	}
	return group.Wait()
}

// judge creates a certificate and looks at it.
func (w witness) judge(ctx context.Context, name string, kind kind, contentType string) error {
	request, der, err := w.create(ctx, name, kind, contentType)
	if err != nil {
		return err
	}
	secret, err := w.secrets.GetSecret(ctx, name, "", nil)
	if err != nil {
		return err
	}
	if kind.name == string(azcertificates.CurveNameP256K) {
		// Azure spells the curve out, which Go does not read; openssl judges it (python/witness.py).
		if _, err := x509.ParseCertificate(der); err == nil || !strings.Contains(err.Error(), "invalid ECDSA parameters") {
			return fmt.Errorf("crypto/x509 was expected not to know the curve: %w", err)
		}
		fmt.Printf("%-12s not judged: crypto/x509 reads no curve that is spelled out\n", name)
		return nil
	}
	key, chain, err := open(*secret.Value, contentType)
	if err != nil {
		return err
	}
	leaf := chain[0]
	if !bytes.Equal(leaf.Raw, der) {
		return errors.New("the secret holds another certificate")
	}
	roots := x509.NewCertPool()
	roots.AddCert(chain[len(chain)-1])
	options := x509.VerifyOptions{Roots: roots, DNSName: host, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if _, err := leaf.Verify(options); err != nil {
		return err
	}
	if err := check(request, key); err != nil {
		return err
	}
	version, err := handshake(key, chain, roots)
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	fmt.Printf("%-12s %s, %s, %s\n", name, leaf.PublicKeyAlgorithm, leaf.SignatureAlgorithm, version)
	return nil
}

// create gives the request and the certificate, DER.
func (w witness) create(ctx context.Context, name string, kind kind, contentType string) ([]byte, []byte, error) {
	policy := azcertificates.CertificatePolicy{
		IssuerParameters: &azcertificates.IssuerParameters{Name: to.Ptr("Self")},
		KeyProperties:    &azcertificates.KeyProperties{KeyType: &kind.kty, KeySize: kind.size, Curve: kind.curve},
		SecretProperties: &azcertificates.SecretProperties{ContentType: &contentType},
		X509CertificateProperties: &azcertificates.X509CertificateProperties{
			Subject:                 to.Ptr("CN=" + host),
			SubjectAlternativeNames: &azcertificates.SubjectAlternativeNames{DNSNames: []*string{to.Ptr(host)}},
		},
	}
	parameters := azcertificates.CreateCertificateParameters{CertificatePolicy: &policy}
	if _, err := w.certificates.CreateCertificate(ctx, name, parameters, nil); err != nil {
		return nil, nil, err
	}
	for {
		operation, err := w.certificates.GetCertificateOperation(ctx, name, nil)
		if err != nil {
			return nil, nil, err
		}
		if *operation.Status == "completed" {
			found, err := w.certificates.GetCertificate(ctx, name, "", nil)
			return operation.CSR, found.CER, err
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// open takes a secret apart: the key, the certificate and what is above it.
func open(value, contentType string) (crypto.Signer, []*x509.Certificate, error) {
	if contentType == "application/x-pkcs12" {
		pfx, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return nil, nil, err
		}
		key, leaf, above, err := pkcs12.DecodeChain(pfx, "")
		if err != nil {
			return nil, nil, err
		}
		return key.(crypto.Signer), append([]*x509.Certificate{leaf}, above...), nil
	}
	first, rest := pem.Decode([]byte(value))
	if first == nil || first.Type != "PRIVATE KEY" {
		return nil, nil, errors.New("the key does not come first")
	}
	key, err := x509.ParsePKCS8PrivateKey(first.Bytes)
	if err != nil {
		return nil, nil, err
	}
	var chain []*x509.Certificate
	for block, rest := pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, nil, err
		}
		chain = append(chain, certificate)
	}
	return key.(crypto.Signer), chain, nil
}

// check holds the request to its own signature and to the key.
func check(der []byte, key crypto.Signer) error {
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return err
	}
	if err := request.CheckSignature(); err != nil {
		return err
	}
	public, ok := request.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(key.Public()) {
		return errors.New("the request is for another key")
	}
	return nil
}

// handshake serves TLS with the certificate to a client that trusts the root alone.
func handshake(key crypto.Signer, chain []*x509.Certificate, roots *x509.CertPool) (string, error) {
	own := tls.Certificate{PrivateKey: key}
	for _, certificate := range chain {
		own.Certificate = append(own.Certificate, certificate.Raw)
	}
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	served := make(chan error, 1)
	go func() { served <- tls.Server(there, &tls.Config{Certificates: []tls.Certificate{own}}).Handshake() }()
	client := tls.Client(here, &tls.Config{RootCAs: roots, ServerName: host})
	if err := client.Handshake(); err != nil {
		return "", err
	}
	return tls.VersionName(client.ConnectionState().Version), <-served
}
