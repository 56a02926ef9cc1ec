import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A TLS listener from the JDK alone: `Listener CERTIFICATE KEY`. It sends each line back. */
public final class Listener {
    public static void main(String[] args) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(Path.of(args[0]), Path.of(args[1])).getKeyManagers(), null, null);
        SSLServerSocket port = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        System.out.println("ready 127.0.0.1:" + port.getLocalPort());
        for (;;) {
            try (SSLSocket socket = (SSLSocket) port.accept()) {
                String line = new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine();
                socket.getOutputStream().write((line + "\n").getBytes());
            } catch (IOException gone) {
                System.err.println("a client went: " + gone.getMessage());
            }
        }
    }

    static KeyManagerFactory keys(Path certificate, Path key) throws Exception {
        String pem = Files.readString(key).replaceAll("-----[A-Z ]+-----", "");
        PrivateKey secret = KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem)));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            Certificate own = CertificateFactory.getInstance("X.509").generateCertificate(in);
            store.setKeyEntry("own", secret, new char[0], new Certificate[] {own});
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        return keys;
    }
}
