using System.Text.Json;
using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Tests.Reports;

public class CircuitPrinterTests
{
    [Fact]
    public void The_wiring_list_names_every_node_with_what_it_reads_and_what_reads_it()
    {
        var text = CircuitPrinter.Text(SyntheticSweep.Circuit("single_double_quote", 2, 0.125));
        Assert.Equal("""
            single_double_quote in models/x/model.safetensors
              A closes with a single quote, B with a double quote.
              6 nodes, 5 edges; loss 0.125 (0.225 before calibration), test 0.135, accuracy 93.8 %; target 0.15 reached
              every other node is replaced by its mean; A is ‘'’, B is ‘\n’

            layer 0 mlp
              0.mlp.act_in:3
                embeds        ‘('’ +1.500
                out           0.mlp.post_act:0 +0.500, 0.mlp.post_act:1 +1.500
              0.mlp.post_act:0
                in            0.mlp.act_in:3 +0.500
                out           0.mlp.resid_delta:5 -1.250
              0.mlp.post_act:1
                in            0.mlp.act_in:3 +1.500
                out           0.mlp.resid_delta:5 -1.250
              0.mlp.resid_delta:5
                in            0.mlp.post_act:0 -1.250, 0.mlp.post_act:1 -1.250
                residual to   1.attn.act_in:5
                says          A +0.750, B -0.500

            layer 1 attention
              1.attn.act_in:5
                residual from 0.mlp.resid_delta:5
                out           1.attn.v:2 +2.000
              1.attn.v:2
                in            1.attn.act_in:5 +2.000

            """.ReplaceLineEndings("\n"), text);
    }

    [Fact]
    public void A_validated_circuit_shows_what_was_found_and_what_each_node_is_worth()
    {
        var circuit = SyntheticSweep.Circuit("single_double_quote", 2, 0.125) with
        {
            Checks = new CircuitChecks(0.125, 1.5, 0.25, 0.5, [new NodeEffect("0.mlp.post_act:1", 0.75)],
                [new NodeActivity("0.mlp.post_act:1", [new NodeExample("f(", "\n", 1.5f)], [new NodeExample("", "a", -0.5f)])])
            {
                Signs = [new NodeSign("0.mlp.post_act:1", SignReading.Peak, true, 0.9, 0.875, 0.9375)],
                Pairs =
                [
                    new PairActivations(0, ["a", "b"], ["a", "c"], [new NodeOnPair("0.mlp.post_act:1", [1, 2], [0, -1])]),
                    new PairActivations(1, ["a", "b"], ["a", "c"], [new NodeOnPair("0.mlp.post_act:1", [3, 2], [0, 0])]),
                ],
                SameLabel = new InterchangeCheck(64, 0.125, [new LocationLoss("0.mlp.act_in", 0.25), new LocationLoss("1.attn.v", 0.375)]),
                Adversarial = [new AdversarialResult(
                    "distractor", 2, 64, new Decisions(0.5, 0.75, 1), new Decisions(0.625, 0.75, 1), 1, null)],
            },
        };
        var text = CircuitPrinter.Text(circuit);
        Assert.Contains(
            "  test loss with only the circuit 0.125, without it 1.500, the rest resampled 0.250, two values per node 0.500\n", text);
        Assert.Contains(
            "  0.mlp.post_act:1\n    without it    +0.750 nats\n    sign tells    87.5 % of labels (area 0.938)\n    on pairs      A "
                + "+2.000 (at the last token +2.000), B -0.250 (-0.500)\n    most on       ‘f(▸\\n’ +1.500\n    least on      ‘▸a’ "
                + "-0.500\n",
            text);
        Assert.Contains("  0.mlp.post_act:0\n    in ", text);
        Assert.EndsWith("""

            values of one location exchanged, test loss
                                        same label other label
              none                           0.125           –
              0.mlp.act_in                   0.250           –
              1.attn.v                       0.375           –

            misleading prompts, loss predicted and measured
              distractor 2                   0.500       0.625

            """.ReplaceLineEndings("\n"), text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_holds_each_edge_twice_once_at_each_end()
    {
        using var json = JsonDocument.Parse(CircuitPrinter.Json(SyntheticSweep.Circuit("t", 9, 0.3)));
        var nodes = json.RootElement.GetProperty("nodes").EnumerateArray().ToList();
        Assert.Equal(13, nodes.Count);
        Assert.Equal(19, nodes.Sum(n => n.GetProperty("in").GetArrayLength()));
        Assert.Equal(19, nodes.Sum(n => n.GetProperty("out").GetArrayLength()));
        Assert.False(json.RootElement.GetProperty("targetReached").GetBoolean());
    }
}
