using System.Text.Json;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>
/// The program itself trains sparse autoencoders, compares them with the baselines and describes features; killed on the way, and run
/// again.
/// </summary>
public sealed class AutoencodersProcessTests : IDisposable
{
    private const string Model = "d16n1-l0.5-r0";
    private const string Dictionary = "0.resid_mid-topk-x2-k4-s0";

    private const string Sweep = """
        name = autoencoders
        corpus { idioms { documents = 400 } }
        tokenizer { vocab_size = 280 }
        model { n_layer = 1, d_model = 16, n_ctx = 32 }
        training { steps = 60, batch_size = 2, l0 = 0.5, eval_every = 60, eval_batches = 1, mean_cache_tokens = 128 }
        autoencoders {
          locations = ["0.resid_mid"], kinds = [topk, l1], ratio = [2], k = [4], alpha = [1e-2], seeds = [0, 1]
          baselines = [pca, neurons]
          training { tokens = 16384, batch = 256, buffer = 4096, eval_tokens = 2048, checkpoint_every = 10 }
          interpretability { features = 6, tokens = 4096, fragment_tokens = 16, min_leaf = 5 }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("autoencoders").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_kill_in_a_training_changes_nothing_of_the_report_and_the_features_can_be_read()
    {
        var (report, calm) = await SweepProcess.ReportOfKilledAsync(_folder, Sweep, "autoencoders/");

        using var json = JsonDocument.Parse(report);
        var at = json.RootElement.GetProperty("models")[0].GetProperty("dictionaries")[0];
        Assert.Equal(4, at.GetProperty("autoencoders").GetArrayLength());
        Assert.All(at.GetProperty("autoencoders").EnumerateArray(), one => Assert.InRange(
            one.GetProperty("trained").GetProperty("metrics").GetProperty("fvu").GetDouble(), 0, 1));
        Assert.Equal(2, at.GetProperty("baselines").GetArrayLength());
        Assert.Equal(4 * 3, at.GetProperty("similarities").GetArrayLength());
        await AssertShowsFeaturesAsync(calm);
    }

    private static async Task AssertShowsFeaturesAsync(string folder)
    {
        var listed = await CommandLineRun.OfAsync("features", folder, "--json");
        var names = listed.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)
            .Select(one => one.GetProperty("dictionary").GetString());
        Assert.Equal(
            [
                Dictionary, "0.resid_mid-topk-x2-k4-s1", "0.resid_mid-l1-x2-a0.01-s0", "0.resid_mid-l1-x2-a0.01-s1", "0.resid_mid-pca",
                "0.resid_mid-neurons",
            ],
            names);
        Assert.Contains(Dictionary, (await CommandLineRun.OfAsync("features", folder, Model)).Output, StringComparison.Ordinal);

        var features = await CommandLineRun.OfAsync("features", folder, Model, Dictionary, "--sort", "number", "--json");
        var numbers = features.Output.TrimEnd().Split('\n').Select(
            line => JsonDocument.Parse(line).RootElement.GetProperty("feature").GetInt32()).ToList();
        Assert.Equal(6, numbers.Count);
        Assert.Equal(numbers.Order(), numbers);
        var one = await CommandLineRun.OfAsync(
            "features", folder, Model, Dictionary, "--feature", numbers[2].ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains($"\nfeature {numbers[2]}: ", one.Output, StringComparison.Ordinal);
        Assert.DoesNotContain($"feature {numbers[1]}: ", one.Output, StringComparison.Ordinal);
        var byFile = await CommandLineRun.OfAsync("features", $"{folder}/features/{Model}/{Dictionary}/features.json", "--top", "1");
        Assert.Contains("0.resid_mid, topk: 6 of 32 features", byFile.Output, StringComparison.Ordinal);

        foreach (var (words, expected) in new (string[], string)[]
        {
            ([folder, Model, "0.resid_mid-topk-x2-k4-s9"], "has no dictionary 0.resid_mid-topk-x2-k4-s9"),
            ([folder, "d16"], "there is no model d16"),
            ([folder, Model, Dictionary, "--sort", "beauty"], "--sort is beauty"),
            ([folder, Model, Dictionary, "--feature", "4711"], "--feature is 4711"),
            ([$"{folder}/sweep.json"], "are no features of a dictionary"),
        })
        {
            var refused = await CommandLineRun.OfAsync(["features", .. words]);
            Assert.Equal(ExitCode.Invalid, refused.ExitCode);
            Assert.Contains(expected, refused.Error, StringComparison.Ordinal);
        }
    }
}
