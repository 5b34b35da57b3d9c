using System.Text;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Tests.Pruning;

public class CircuitFileTests
{
    internal static CircuitFile Circuit => new()
    {
        Task = "single_double_quote",
        TaskRule = "close with the quote that opened",
        Model = new ArtifactRef("m/model.safetensors", "ab", 1),
        ModelConfig = new ModelConfig { NLayer = 1, DModel = 16, DHead = 8 },
        Ablation = "mean",
        MeanCache = new ArtifactRef("m/mean_cache.safetensors", "cd", 1),
        Masks = new ArtifactRef("s/masks.safetensors", "ef", 1),
        TargetLoss = 0.15,
        TargetReached = true,
        Losses = new CircuitLosses(0.3, 0.14, 0.31, 0.16, 0.97, 1.7, -0.2),
        NodeCount = 3,
        EdgeCount = 2,
        Nodes = [new("0.mlp.act_in", [4]), new("0.mlp.post_act", [7]), new("0.mlp.resid_delta", [2])],
        Edges = [new("0.mlp.act_in:4", "0.mlp.post_act:7", 0.1f), new("0.mlp.post_act:7", "0.mlp.resid_delta:2", -1.5f)],
        Tokens = new CircuitTokens(new("\")", 5, 1), new("')", 6, 1), [new(4, [new("\"", 1, 2f)])], [new(2, 0.5f, -0.5f)]),
        Curve = [new ProbeResult(2, 1, 0.6, 0.5, 1, 0), new ProbeResult(3, 2, 0.3, 0.14, 1.7, -0.2)],
        Seed = ulong.MaxValue,
        TaskSeed = 2,
        Method = PruningMethod.Learned,
        Hyperparameters = new PruningHyperparameters(),
        Options = new PruningOptions(),
        Versions = new SortedDictionary<string, string> { ["libtorch"] = "1.13.1" },
    };

    [Fact]
    public void A_circuit_survives_its_file_byte_for_byte()
    {
        var bytes = Circuit.ToBytes();
        var read = CircuitFile.Parse(bytes);
        Assert.Equal(bytes, read.ToBytes());
        Assert.Equal(ulong.MaxValue, read.Seed);
        Assert.Equal(0.1f, read.Edges[0].Weight);
        var text = Encoding.UTF8.GetString(bytes);
        Assert.StartsWith("{\n \"format\": \"sweeps-circuit\",\n \"version\": 2,\n", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_circuit_is_refused_with_the_reason()
    {
        static string Refusal(CircuitFile circuit) =>
            Assert.Throws<InvalidDataException>(() => CircuitFile.Parse(circuit.ToBytes())).Message;
        Assert.Contains("'sausage'", Refusal(Circuit with { Format = "sausage" }), StringComparison.Ordinal);
        Assert.Contains("version 1", Refusal(Circuit with { Version = 1 }), StringComparison.Ordinal);
        Assert.Contains("says 4", Refusal(Circuit with { NodeCount = 4 }), StringComparison.Ordinal);
        Assert.Contains("says 9", Refusal(Circuit with { EdgeCount = 9 }), StringComparison.Ordinal);
        Assert.Contains(
            "0.attn.q:1", Refusal(Circuit with { Edges = [new("0.attn.q:1", "0.mlp.post_act:7", 1), Circuit.Edges[1]] }),
            StringComparison.Ordinal);
        Assert.Contains(
            "no node 0.mlp.resid_delta:16", Refusal(Circuit with { Nodes = [.. Circuit.Nodes.Take(2), new("0.mlp.resid_delta", [16])] }),
            StringComparison.Ordinal);
        Assert.Contains("no node location", Refusal(Circuit with { Nodes = [new("0.mlp.middle", [1])] }), StringComparison.Ordinal);
        Assert.Contains("has a null", Refusal(Circuit with { Nodes = [.. Circuit.Nodes, null!] }), StringComparison.Ordinal);
        Assert.Contains("n_layer", Refusal(Circuit with { ModelConfig = new ModelConfig { NLayer = -1 } }), StringComparison.Ordinal);
        Assert.Contains("twice", Refusal(Circuit with { Nodes = [.. Circuit.Nodes, Circuit.Nodes[0]] }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"format\":\"sweeps-circuit\",\"version\":2}")]
    public void Text_that_is_no_circuit_is_refused(string text) =>
        Assert.Throws<InvalidDataException>(() => CircuitFile.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_missing_file_is_named()
    {
        var missing = Assert.Throws<InvalidDataException>(() => CircuitFile.Load("/nowhere/circuit.json"));
        Assert.Contains("/nowhere/circuit.json", missing.Message, StringComparison.Ordinal);
    }
}
