package akv;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * One emulator for all tests of a run, for parameters of type {@link Emulator}. What a test did to clock, faults and
 * journal is put back before the next; {@code DefaultAzureCredential} opens every vault.
 */
public final class AkvExtension implements BeforeEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(AkvExtension.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        emulator(context).reset();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Emulator.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return emulator(context);
    }

    private static Emulator emulator(ExtensionContext context) {
        var store = context.getRoot().getStore(NAMESPACE);
        return store.getOrComputeIfAbsent("running", key -> new Running(), Running.class).emulator;
    }

    /** An emulator, and the properties that were there before, which JUnit puts back when the run ends. */
    private static final class Running implements ExtensionContext.Store.CloseableResource, AutoCloseable {
        final Emulator emulator = new Emulator();
        private final Map<String, String> before = new HashMap<>();

        Running() {
            emulator.properties().forEach((name, value) -> before.put(name, System.setProperty(name, value)));
        }

        @Override
        public void close() {
            before.forEach((name, value) -> {
                if (value == null) {
                    System.clearProperty(name);
                } else {
                    System.setProperty(name, value);
                }
            });
            emulator.close();
        }
    }
}
