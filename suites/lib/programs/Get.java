// SPDX-License-Identifier: Apache-2.0
// Get.java connection|channel URL N: the body of N requests, by HttpURLConnection, or of one by a channel that does
// not block.
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

public class Get {
    static void connection(URL url) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setReadTimeout(30000);
        try (InputStream body = connection.getInputStream()) {
            body.transferTo(System.out);
        }
    }

    // A request of HTTP/0.9: its answer has no head and ends with the connection.
    static void channel(URL url) throws Exception {
        ByteBuffer request = StandardCharsets.US_ASCII.encode("GET " + url.getPath() + "\r\n");
        ByteBuffer part = ByteBuffer.allocate(65536);
        Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.connect(new InetSocketAddress(url.getHost().replaceAll("[\\[\\]]", ""), url.getPort()));
        channel.register(selector, SelectionKey.OP_CONNECT);
        while (true) {
            selector.select(30000);
            if (!channel.isConnected()) {
                channel.finishConnect();
                selector.keys().iterator().next().interestOps(SelectionKey.OP_WRITE);
            } else if (request.hasRemaining()) {
                channel.write(request);
                selector.keys().iterator().next().interestOps(SelectionKey.OP_READ);
            } else {
                part.clear();
                int n = channel.read(part);
                if (n < 0)
                    return;
                System.out.write(part.array(), 0, n);
                System.out.flush();
            }
            selector.selectedKeys().clear();
        }
    }

    public static void main(String[] words) throws Exception {
        URL url = new URL(words[1]);
        for (int i = 0; i < Integer.parseInt(words[2]); i++) {
            if (words[0].equals("channel"))
                channel(url);
            else
                connection(url);
        }
        System.out.flush();
    }
}
