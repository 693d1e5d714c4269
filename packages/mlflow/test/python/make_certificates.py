# Makes an authority of its own, and with it a certificate for a server on this machine and one for a client.
import datetime, ipaddress, os, sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

folder = sys.argv[1]
now = datetime.datetime.now(datetime.timezone.utc)


def named(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def make(name, issuer, issuer_key, extensions):
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder().subject_name(named(name)).issuer_name(issuer or named(name))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=2))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256()), key


def write(name, *parts):
    with open(os.path.join(folder, name), "wb") as file:
        for part in parts:
            file.write(part)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def private(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


authority, authority_key = make("runferry tests", None, None, [x509.BasicConstraints(ca=True, path_length=None)])
names = [x509.DNSName("ml.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
server, server_key = make("server", authority.subject, authority_key, [x509.SubjectAlternativeName(names)])
client, client_key = make("client", authority.subject, authority_key, [])
write("authority.pem", pem(authority))
write("server.pem", pem(server), private(server_key))
write("client.pem", pem(client), private(client_key))
