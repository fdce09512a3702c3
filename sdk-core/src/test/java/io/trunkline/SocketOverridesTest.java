package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.transport.TestTransports;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/**
 * A method of java.net.Socket that is not overridden would work on an implementation that our
 * sockets do not have, or on another connection than theirs. There is no exception to the rule; a
 * new JDK may bring one.
 */
class SocketOverridesTest {
  private static List<String> notOverridden(Class<?> type) {
    return notOverridden(type, Socket.class);
  }

  private static List<String> notOverridden(Class<?> type, Class<?> base) {
    return Arrays.stream(base.getDeclaredMethods())
        .filter(method -> canBeOverridden(method.getModifiers()))
        .filter(method -> !method.isSynthetic() && !overridden(type, base, method))
        .map(Method::toString)
        .toList();
  }

  private static boolean canBeOverridden(int modifiers) {
    return (Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers))
        && !Modifier.isFinal(modifiers)
        && !Modifier.isStatic(modifiers);
  }

  private static boolean overridden(Class<?> type, Class<?> base, Method method) {
    for (Class<?> at = type; at != base && at != SSLSocket.class; at = at.getSuperclass()) {
      for (Method own : at.getDeclaredMethods()) {
        if (own.getName().equals(method.getName())
            && Arrays.equals(own.getParameterTypes(), method.getParameterTypes())) {
          return true;
        }
      }
    }
    return false;
  }

  private static Class<?> socketClass(Transport transport) throws Exception {
    try (transport;
        TransportSocket socket = transport.open()) {
      return socket.getClass();
    }
  }

  @Test
  void jniSocketOverridesEveryMethodOfSocket() throws Exception {
    assertThat(notOverridden(socketClass(TestTransports.jni()))).isEmpty();
  }

  @Test
  void jdkSocketOverridesEveryMethodOfSocket() throws Exception {
    assertThat(notOverridden(socketClass(TestTransports.jdk()))).isEmpty();
  }

  @Test
  void leaseSocketOverridesEveryMethodOfSocket() {
    assertThat(notOverridden(LeaseSocket.class)).isEmpty();
  }

  @Test
  void tlsSocketOverridesEveryMethodOfSocket() throws Exception {
    assertThat(notOverridden(Class.forName("io.trunkline.transport.tls.TlsSocket"))).isEmpty();
  }

  @Test
  void managedSocketOverridesEveryMethodOfSocket() {
    assertThat(notOverridden(ManagedSocket.class)).isEmpty();
  }

  @Test
  void managedSslSocketOverridesEveryMethodOfSslSocketToo() {
    assertThat(notOverridden(ManagedSslSocket.class, Socket.class)).isEmpty();
    assertThat(notOverridden(ManagedSslSocket.class, SSLSocket.class)).isEmpty();
  }

  @Test
  void theRuleFindsWhatIsMissing() {
    assertThat(notOverridden(new Socket() {}.getClass())).hasSizeGreaterThan(40);
  }
}
