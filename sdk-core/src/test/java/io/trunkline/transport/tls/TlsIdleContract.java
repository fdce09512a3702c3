package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.Relay;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TransportSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a look at an idle TLS connection shows. */
abstract class TlsIdleContract extends TlsContractTest {
  /** Plays what the test puts there, one after the other. */
  private final BlockingQueue<ScriptedServer.Script<SSLSocket>> steps = new LinkedBlockingQueue<>();

  private final BlockingQueue<Boolean> done = new LinkedBlockingQueue<>();

  private TransportSocket idle(String... protocols) throws Exception {
    ScriptedServer server =
        server(
            socket -> {
              socket.startHandshake();
              for (; ; ) {
                steps.take().play(socket);
                done.add(true);
              }
            },
            protocols);
    return secured(server.address());
  }

  private void peer(ScriptedServer.Script<SSLSocket> step) throws Exception {
    steps.add(step);
    assertThat(done.poll(5, TimeUnit.SECONDS)).isTrue();
  }

  private void end() {
    steps.add(
        socket -> {
          throw new InterruptedException("the end of the script");
        });
  }

  /** Long ago, so that the jdk transport looks as well. */
  private static IdleState look(TransportSocket socket) {
    return socket.checkIdle(System.nanoTime() - TimeUnit.SECONDS.toNanos(5));
  }

  private static void awaitState(TransportSocket socket, IdleState state) throws Exception {
    Await.until("the connection is " + state, () -> look(socket) == state);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void connectionOnWhichNothingComesIsClean(String protocol) throws Exception {
    TransportSocket socket = idle(protocol);
    for (int i = 0; i < 5; i++) {
      assertThat(look(socket)).isEqualTo(IdleState.CLEAN);
    }
    end();
  }

  /** A JSSE server sends one after the handshake. */
  @Test
  void ticketThatComesWhileIdleIsTakenInAndLeavesItClean() throws Exception {
    BlockingQueue<Integer> records = new LinkedBlockingQueue<>();
    Relay relay =
        closing(
            new Relay(
                echoing("TLSv1.3").address(),
                (in, out) -> {
                  for (byte[] each = Relay.record(in); each != null; each = Relay.record(in)) {
                    out.write(each);
                    records.add(each.length);
                  }
                }));
    TransportSocket raw = connected(relay.address());
    TransportSocket socket =
        closing(handshake(settings(), raw, "localhost").run(after(LONG)).orElseThrow());
    Await.until("the ticket is there", () -> raw.getInputStream().available() > 0);
    assertThat(look(socket)).isEqualTo(IdleState.CLEAN);
    assertThat(raw.getInputStream().available()).as("what is left to read").isZero();
    assertThat(look(socket)).isEqualTo(IdleState.CLEAN);
    assertEchoes(socket);
    assertThat(look(socket)).isEqualTo(IdleState.CLEAN);
  }

  @Test
  void ticketThatComesInPiecesIsNoFault() throws Exception {
    CountDownLatch more = new CountDownLatch(1);
    BlockingQueue<Boolean> sent = new LinkedBlockingQueue<>();
    AtomicBoolean finished = new AtomicBoolean();
    Relay relay =
        closing(
            new Relay(
                echoing("TLSv1.3").address(),
                (in, out) -> {
                  for (byte[] each = Relay.record(in); each != null; each = Relay.record(in)) {
                    finished.compareAndSet(false, each[0] == 23); // the client's Finished
                    out.write(each);
                  }
                },
                (in, out) -> {
                  for (byte[] each = Relay.record(in); each != null; each = Relay.record(in)) {
                    boolean cut = finished.get() && sent.isEmpty();
                    out.write(each, 0, cut ? 20 : each.length);
                    if (cut) {
                      sent.add(true);
                      more.await();
                      out.write(each, 20, each.length - 20);
                    }
                  }
                }));
    TransportSocket socket = secured(relay.address());
    Await.until("a ticket was cut", () -> !sent.isEmpty());
    for (int i = 0; i < 3; i++) {
      assertThat(look(socket)).isEqualTo(IdleState.CLEAN);
    }
    more.countDown();
    assertEchoes(socket);
    assertThat(look(socket)).isEqualTo(IdleState.CLEAN);
  }

  /** A JSSE server that starts a handshake under TLS 1.3 asks for new keys. */
  @Test
  void keyUpdateWhileIdleIsAnsweredAndLeavesItClean() throws Exception {
    TransportSocket socket = idle("TLSv1.3");
    peer(SSLSocket::startHandshake);
    for (int i = 0; i < 3; i++) {
      TimeUnit.MILLISECONDS.sleep(10);
      assertThat(look(socket)).isEqualTo(IdleState.CLEAN);
    }
    steps.add(each -> each.getOutputStream().write(each.getInputStream().read() + 1));
    socket.write(new byte[] {5}, 0, 1);
    assertThat(socket.getInputStream().read()).isEqualTo(6);
    end();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void dataThatNobodyAskedForIsSeen(String protocol) throws Exception {
    TransportSocket socket = idle(protocol);
    peer(each -> each.getOutputStream().write(1));
    awaitState(socket, IdleState.READABLE);
    end();
  }

  @Test
  void dataThatIsDecryptedAlreadyIsSeen() throws Exception {
    TransportSocket socket = idle();
    peer(each -> each.getOutputStream().write(new byte[] {1, 2}));
    assertThat(socket.getInputStream().read()).isEqualTo(1);
    assertThat(look(socket)).isEqualTo(IdleState.READABLE);
    end();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void closeNotifyIsSeen(String protocol) throws Exception {
    TransportSocket socket = idle(protocol);
    peer(SSLSocket::shutdownOutput);
    awaitState(socket, IdleState.PEER_CLOSED);
    end();
  }

  @Test
  void closeNotifyWithoutTheEndOfTcpIsSeen() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    ScriptedServer server = server(SSLSocket::startHandshake, "TLSv1.2");
    Relay relay =
        closing(
            new Relay(
                server.address(),
                (in, out) -> {
                  Relay.pump(in, out);
                  never.await(); // TCP stays
                }));
    TransportSocket socket = secured(relay.address());
    awaitState(socket, IdleState.PEER_CLOSED);
    never.countDown();
  }

  @Test
  void endOfTcpIsSeenAlsoBehindATicket() throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    Relay relay =
        closing(
            new Relay(
                echoing("TLSv1.3").address(),
                (in, out) -> {
                  Thread pump =
                      new Thread(
                          () -> {
                            try {
                              Relay.pump(in, out);
                            } catch (java.io.IOException gone) {
                              // The end of the test.
                            }
                          });
                  pump.start();
                  cut.await();
                }));
    TransportSocket raw = connected(relay.address());
    TransportSocket socket =
        closing(handshake(settings(), raw, "localhost").run(after(LONG)).orElseThrow());
    Await.until("the ticket is there", () -> raw.getInputStream().available() > 0);
    cut.countDown();
    awaitState(socket, IdleState.PEER_CLOSED);
  }

  @Test
  void aLookTakesNothingFromWhoReadsNext() throws Exception {
    TransportSocket raw =
        connected(
            closing(
                    ScriptedServer.plain(
                        socket -> {
                          socket.getOutputStream().write(new byte[] {1, 2, 3});
                          socket.getInputStream().read();
                        }))
                .address());
    awaitState(raw, IdleState.READABLE);
    assertThat(look(raw)).isEqualTo(IdleState.READABLE);
    assertThat(raw.getInputStream().available()).isEqualTo(3);
    assertThat(raw.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
  }

  @Test
  void whatIsClosedOrFailedIsNotIdle() throws Exception {
    TransportSocket socket = idle();
    socket.close();
    assertThat(look(socket)).isEqualTo(IdleState.PEER_CLOSED);
    end();
  }
}
