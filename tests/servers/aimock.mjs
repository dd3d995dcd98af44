// Runs @copilotkit/aimock, an OpenAI server written by others, until stdin ends.
// Usage: node aimock.mjs PATH-OF-THE-INSTALLED-MODULE; prints its URL.
import { pathToFileURL } from "node:url";

const { LLMock } = await import(pathToFileURL(process.argv[2]).href);

const mock = new LLMock({ port: 0, chunkSize: 5, logLevel: "silent" });
mock.onMessage("capital of France", { content: "The capital of France is Paris." });
mock.onMessage("think first", { content: "Forty-two.", reasoning: "Six times seven." });
mock.onMessage("too much", {
  error: { message: "Rate limit reached for requests", type: "rate_limit_error", code: "rate_limit" },
  status: 429,
});
mock.onMessage("too long", {
  error: {
    message: "This model's maximum context length is 128000 tokens.",
    type: "invalid_request_error",
    code: "context_length_exceeded",
  },
  status: 400,
});

console.log(await mock.start());
process.stdin.resume();
process.stdin.on("end", async () => {
  await mock.stop();
  process.exit(0);
});
