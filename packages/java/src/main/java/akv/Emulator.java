package akv;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An {@code akv serve} of one's own. The JDK suffices; what the control API answers is given as its JSON.
 */
public final class Emulator implements AutoCloseable {
    private static final AtomicInteger VAULTS = new AtomicInteger();

    private final String binary = System.getenv().getOrDefault("AKV", "akv");
    private final Process process;
    private final Path data;
    private final String proxy;

    /** Starts the binary that {@code AKV} names, or {@code akv}, with more options for {@code akv serve} if given. */
    public Emulator(String... options) {
        try {
            data = Files.createTempDirectory("akv-");
            List<String> serve = new ArrayList<>(List.of(binary, "serve", "--port", "0", "--data-dir", data.toString()));
            serve.addAll(List.of(options));
            process = new ProcessBuilder(serve).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String ready = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
            if (ready == null) {
                close();
                throw new IllegalStateException(String.join(" ", serve) + " did not start");
            }
            proxy = member(ready, "proxy");
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Where it listens: an HTTP proxy. */
    public String proxy() {
        return proxy;
    }

    /** The variables that unmodified programs need, for {@link ProcessBuilder#environment()}. */
    public Map<String, String> env() {
        try {
            String port = String.valueOf(URI.create(proxy).getPort());
            Process asked = new ProcessBuilder(binary, "env", "--port", port, "--shell", "dotenv").start();
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(asked.getInputStream()))) {
                return lines.lines().map(line -> line.split("=", 2)).collect(Collectors.toMap(
                    pair -> pair[0], pair -> pair[1], (first, second) -> second, LinkedHashMap::new));
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /**
     * What this program itself needs, as system properties: the JDK's proxy and trust, and an application, which the SDK
     * takes from properties as well as from the environment. A managed identity it takes from the environment alone.
     */
    Map<String, String> properties() {
        Map<String, String> properties = new LinkedHashMap<>();
        for (String option : env().get("JAVA_TOOL_OPTIONS").split(" ")) {
            if (option.startsWith("-D")) {
                String[] pair = option.substring(2).split("=", 2);
                properties.put(pair[0], pair[1]);
            }
        }
        properties.put("AZURE_TENANT_ID", member(control("GET", "info", ""), "tenant_id"));
        properties.put("AZURE_CLIENT_ID", "00000000-0000-0000-0000-000000000001");
        properties.put("AZURE_CLIENT_SECRET", "any");
        return properties;
    }

    /** A vault that nobody else uses. */
    public String vaultUrl() {
        return "https://test-" + VAULTS.incrementAndGet() + ".vault.azure.net";
    }

    /** Moves the vaults' clock: {@code 90d}, {@code 1h}. */
    public void advance(String by) {
        control("POST", "clock", "{\"advance\":\"" + by + "\"}");
    }

    /** Sets the vaults' clock: {@code 2027-01-31}, or RFC 3339. */
    public void setClock(String at) {
        control("POST", "clock", "{\"set\":\"" + at + "\"}");
    }

    /** Lets requests go wrong: {@code {"on":{"operation":"SecretGet"},"times":2,"do":{"answer":{"status":429}}}}. */
    public void fault(String json) {
        control("POST", "faults", json);
    }

    /** Lets the vaults' clock stand. */
    public void freeze() {
        control("POST", "clock", "\"freeze\"");
    }

    /** Takes all faults back. */
    public void clearFaults() {
        control("DELETE", "faults", "");
    }

    /**
     * What happened, oldest first, as JSON: {@code journal("kind=request", "operation=SecretGet")}. An entry has
     * {@code request}, {@code service} or {@code mail}.
     */
    public String journal(String... criteria) {
        return control("GET", "journal?" + String.join("&", criteria), "");
    }

    /** Back to the start: its vaults and contents, its faults, an empty journal; and the machine's clock. */
    public void reset() {
        control("POST", "clock", "\"reset\"");
        control("POST", "reset", "");
    }

    @Override
    public void close() {
        process.destroy();
        try (var files = Files.walk(data)) {
            process.waitFor(10, TimeUnit.SECONDS);
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    /** Without a proxy, which would carry the question away; and without TLS, whose trust the JDK reads only once. */
    private String control(String method, String path, String body) {
        try {
            var connection = (HttpURLConnection) URI.create(proxy + "/akv/" + path).toURL().openConnection(Proxy.NO_PROXY);
            connection.setRequestMethod(method);
            connection.setReadTimeout(10_000);
            if (!body.isEmpty()) {
                connection.setDoOutput(true);
                connection.getOutputStream().write(body.getBytes(UTF_8));
            }
            if (connection.getResponseCode() != 200) {
                throw new IllegalArgumentException(new String(connection.getErrorStream().readAllBytes(), UTF_8));
            }
            return new String(connection.getInputStream().readAllBytes(), UTF_8);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static String member(String json, String name) {
        var found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("no " + name + " in " + json);
        }
        return found.group(1);
    }
}
