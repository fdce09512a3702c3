package io.trunkline.benchmarks;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Netty on its native epoll, as it is fastest: the event loop reads an answer and writes the next
 * message at once. The caller waits for a whole run of exchanges, not for each.
 */
final class NettyLink implements Link {
  private static final int LIMIT_SECONDS = 30;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Exchanger exchanger;
  private final Channel channel;

  NettyLink(char mode, int messageBytes) throws IOException {
    exchanger = new Exchanger(messageBytes);
    try {
      channel =
          new Bootstrap()
              .group(loop)
              .channel(EpollSocketChannel.class)
              .option(ChannelOption.TCP_NODELAY, true)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel created) {
                      created.pipeline().addLast(exchanger);
                    }
                  })
              .connect(Server.address())
              .sync()
              .channel();
      CompletableFuture<Void> welcome = exchanger.begin();
      write(channel, Unpooled.wrappedBuffer(Server.greeting(mode, messageBytes)));
      await(welcome);
    } catch (InterruptedException interrupted) {
      close();
      throw interrupted(interrupted);
    } catch (IOException | RuntimeException failed) {
      close();
      throw failed;
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // this promise tells the pipeline of failures
  private static void write(Channel channel, ByteBuf bytes) {
    channel.writeAndFlush(bytes, channel.voidPromise());
  }

  /** Lives on the event loop, but for {@link #begin}. */
  private static final class Exchanger extends ChannelInboundHandlerAdapter {
    private final ByteBuf message;
    private boolean welcomed;
    private int left;
    private int awaitedBytes = 1;
    private volatile CompletableFuture<Void> done = new CompletableFuture<>();

    Exchanger(int messageBytes) {
      message = Unpooled.directBuffer(messageBytes).writeZero(messageBytes);
    }

    CompletableFuture<Void> begin() {
      CompletableFuture<Void> begun = new CompletableFuture<>();
      done = begun;
      return begun;
    }

    void run(Channel channel, int times) {
      left = times;
      send(channel);
    }

    private void send(Channel channel) {
      awaitedBytes = message.readableBytes();
      write(channel, message.retainedDuplicate());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object received) {
      ByteBuf bytes = (ByteBuf) received;
      awaitedBytes -= bytes.readableBytes();
      byte first = bytes.getByte(bytes.readerIndex());
      bytes.release();
      if (awaitedBytes > 0) {
        return;
      }
      if (!welcomed) {
        welcomed = true;
        Server.requireGranted(first);
        done.complete(null);
      } else if (--left > 0) {
        send(context.channel());
      } else {
        done.complete(null);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      done.completeExceptionally(new EOFException());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      done.completeExceptionally(failure);
    }
  }

  @Override
  public void exchange() throws IOException {
    exchange(1);
  }

  @Override
  public void exchange(int times) throws IOException {
    CompletableFuture<Void> run = exchanger.begin();
    channel.eventLoop().execute(() -> exchanger.run(channel, times));
    await(run);
  }

  private static void await(CompletableFuture<Void> run) throws IOException {
    try {
      run.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failed) {
      throw new IOException("no answer", failed);
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    }
  }

  private static IOException interrupted(InterruptedException interrupted) {
    Thread.currentThread().interrupt();
    return new IOException("interrupted", interrupted);
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }
}
