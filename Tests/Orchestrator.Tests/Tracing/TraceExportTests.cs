using System.Net;
using System.Net.Sockets;
using System.Text;
using Sweeps.Orchestrator.Tests.Cli;

namespace Sweeps.Orchestrator.Tests.Tracing;

/// <summary>Traces of a real run, as a collector of OpenTelemetry is sent them.</summary>
public sealed class TraceExportTests
{
    [Fact]
    public async Task A_collector_is_sent_the_trials_of_a_run_by_the_time_that_it_ends()
    {
        var folder = Directory.CreateTempSubdirectory("traces-").FullName;
        try
        {
            var port = FreePort();
            using var collector = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
            collector.Start();
            var received = ReceiveAsync(collector);
            var (file, config) = (Path.Combine(folder, "sweep.hocon"), Path.Combine(folder, "cluster.hocon"));
            await File.WriteAllTextAsync(file, SweepProcess.Sweep);
            await File.WriteAllTextAsync(
                config, $$"""sweeps { otlp_endpoint = "http://127.0.0.1:{{port}}", http.address = off, devices = [cpu] }""");

            var (exitCode, _) = await SweepProcess.OfAsync(
                (IReadOnlyList<string>)["run", file, "--dir", Path.Combine(folder, "run"), "--config", config]);

            Assert.Equal(0, exitCode);
            collector.Stop();
            var sent = await received;
            Assert.All(sent, request => Assert.Equal(("/v1/traces", "application/x-protobuf"), (request.Path, request.Type)));
            // Strings of protocol buffers are UTF-8 as it is.
            var text = string.Concat(sent.Select(request => Encoding.Latin1.GetString(request.Body)));
            string[] expected =
            [
                "sweeps.trial", "sweeps.device", "sweeps.outcome", "succeeded", "attempt", "queue", "checkpoint", "prepare", "train",
                "prune", "validations/d16n1-l0.5-r0/single_double_quote",
            ];
            Assert.All(expected, word => Assert.Contains(word, text, StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<(string Path, string? Type, byte[] Body)>> ReceiveAsync(HttpListener collector)
    {
        var received = new List<(string, string?, byte[])>();
        while (collector.IsListening)
        {
            try
            {
                var asked = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await asked.Request.InputStream.CopyToAsync(body);
                received.Add((asked.Request.Url!.AbsolutePath, asked.Request.ContentType, body.ToArray()));
                asked.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                break; // it is told to stop
            }
        }
        return received;
    }

    private static int FreePort()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        return ((IPEndPoint)taken.LocalEndpoint).Port;
    }
}
