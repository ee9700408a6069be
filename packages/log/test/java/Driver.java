import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.common.protocol.Errors;

/**
 * Apache Kafka's own client, as ForeignClient (test/foreign/foreign-client.ts) drives it:
 * {@code java Driver HOST:PORT}. Reads what to do as lines of JSON, and answers with lines of
 * JSON, until its input ends.
 */
public final class Driver {
  /** Does what a line asks for; what it gives is the answer. */
  interface Verb {
    Object answer(JsonNode line) throws Exception;
  }

  static final ObjectMapper json = new ObjectMapper();

  // Standard output belongs to the lines; what a library prints goes to standard error.
  private static final PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  public static void main(String[] args) throws Exception {
    System.setOut(System.err);
    Map<String, Verb> verbs = new HashMap<>();
    Records.addTo(verbs, args[0]);
    Groups.addTo(verbs, args[0]);
    Administration.addTo(verbs, args[0]);
    ClusterAdministration.addTo(verbs, args[0]);
    ExecutorService threads = Executors.newCachedThreadPool();
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String text = input.readLine(); text != null; text = input.readLine()) {
      JsonNode line = json.readTree(text);
      threads.submit(() -> answer(verbs.get(line.get("do").asText()), line));
    }
    Runtime.getRuntime().halt(0);
  }

  private static void answer(Verb verb, JsonNode line) {
    ObjectNode answer = json.createObjectNode().put("id", line.get("id").asInt());
    try {
      if (verb == null) throw new IllegalArgumentException("It cannot " + line.get("do"));
      answer.set("answer", json.valueToTree(verb.answer(line)));
    } catch (Throwable error) {
      answer.putObject("failure").put("code", codeOf(error)).put("message", error.toString());
    }
    tell(answer);
  }

  /** Writes one line, whole. */
  static void tell(Object line) {
    String text = json.valueToTree(line).toString();
    synchronized (output) {
      output.println(text);
    }
  }

  /** Kafka's code in an error, or in what caused it. */
  private static String codeOf(Throwable error) {
    for (Throwable at = error; at != null; at = at.getCause()) {
      Errors code = Errors.forException(at);
      if (code != Errors.UNKNOWN_SERVER_ERROR) return code.name();
    }
    return "UNKNOWN";
  }

  /** A text of the line, or what is said instead where it has none. */
  static String text(JsonNode line, String name, String otherwise) {
    JsonNode value = line.get(name);
    return value == null || value.isNull() ? otherwise : value.asText();
  }
}
