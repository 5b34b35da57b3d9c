using Sweeps.ModelCore.Importing;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.TensorFiles;
using Sweeps.ModelCore.Tests.Data;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Importing;

/// <summary>A golden model under other names, cut and turned otherwise, is the golden model again through a mapping.</summary>
public sealed class TensorMappingTests : TorchTest
{
    private const string Model = """
        "model": {
          "n_layer": 2, "d_model": 16, "n_ctx": 8, "vocab_size": 20, "d_head": 8, "d_mlp": 24, "bigram_table": false, "activation_fraction": 0.25,
          "activation_sites": ["attn.act_in", "attn.q", "attn.k", "attn.v", "attn.resid_delta", "mlp.act_in", "mlp.post_act", "mlp.resid_delta"]
        }
        """;

    private const string Tensors = """
        "transformer.wte.weight": "embed",
        "transformer.h.{layer}.attn.c_attn.weight": { "from": ["blocks.{layer}.q", "blocks.{layer}.k", "blocks.{layer}.v"], "transposed": true },
        "transformer.h.1.ln_1.weight": "second_norm"
        """;

    [Fact]
    public void Names_parts_and_orientation_are_followed_and_all_else_has_our_names()
    {
        using var golden = new GoldenModel(Path.Combine("..", "checkpoints", "n_mlp"));
        using var folder = new TemporaryFolder();
        var path = Write(folder, golden.Model);
        var mapping = folder.File("mapping.json", $$"""{ {{Model}}, "tensors": { {{Tensors}} }, "ignored": ["step"] }""");
        using var read = SourceModel.Load(new ImportedModel { Path = path, MappingPath = mapping });
        GoldenModel.AssertClose(golden.Expected("logits"), read.Forward(golden.Input("idx")), "logits");
    }

    [Fact]
    public void A_tensor_that_the_file_does_not_have_may_be_one_number()
    {
        using var golden = new GoldenModel(Path.Combine("..", "checkpoints", "n_mlp"));
        using var folder = new TemporaryFolder();
        var path = Write(folder, golden.Model, except: "transformer.ln_f.weight");
        var mapping = folder.File(
            "mapping.json",
            $$"""{ {{Model}}, "tensors": { {{Tensors}}, "transformer.ln_f.weight": { "value": 1 } }, "ignored": ["step"] }""");
        using var read = SourceModel.Load(new ImportedModel { Path = path, MappingPath = mapping });
        Assert.Equal(16, read["transformer.ln_f.weight"].eq(1).count_nonzero().ToInt64());
    }

    [Theory]
    [InlineData(
        "\"embed\"", "\"embedding\"", "has no tensor embedding, which transformer.wte.weight is made from: expected one of shape [20, 16]")]
    [InlineData(
        "\"blocks.{layer}.q\", ", "",
        "is made from blocks.0.k, blocks.0.v of shape [16, 16], [16, 16] after transposing: expected [48, 16]")]
    [InlineData("\"step\"", "", "has step, of which")]
    [InlineData(
        "\"second_norm\"", "\"second_norm\", \"transformer.h.{layer}.mlp.gate\": \"step\"",
        "a model of this shape has no transformer.h.{layer}.mlp.gate")]
    [InlineData("\"second_norm\"", "7", "a tensor comes from 7: expected a name, a list of names, or a section")]
    [InlineData("\"from\"", "\"form\"", "a tensor has no form: expected from, transposed or value")]
    [InlineData("\"transposed\": true", "\"value\": 0", "has 3 names in from, and a value: expected one of the two")]
    [InlineData("\"n_layer\": 2", "\"n_layer\": 0", "model.n_layer is 0")]
    [InlineData("attn.q", "attn.qq", "activation_sites has 'attn.qq'")]
    [InlineData("\"ignored\"", "\"ignore\"", "ignore")]
    public void What_does_not_fit_is_refused_by_name_and_shape(string from, string to, string expected)
    {
        using var golden = new GoldenModel(Path.Combine("..", "checkpoints", "n_mlp"));
        using var folder = new TemporaryFolder();
        var path = Write(folder, golden.Model);
        var text = $$"""{ {{Model}}, "tensors": { {{Tensors}} }, "ignored": ["step"] }""";
        Assert.Contains(from, text, StringComparison.Ordinal);
        var source = new ImportedModel
        {
            Path = path,
            MappingPath = folder.File("mapping.json", text.Replace(from, to, StringComparison.Ordinal))
        };
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => SourceModel.Load(source)).Message, StringComparison.Ordinal);
    }

    private static string Write(TemporaryFolder folder, Transformer model, string? except = null)
    {
        var path = Path.Combine(folder.Path, "other.safetensors");
        var tensors = new List<(string, Tensor)> { ("step", ones([1])) };
        foreach (var parameter in model.Parameters.Where(p => p.Name != except))
        {
            var value = parameter.Value.detach();
            switch (parameter.Name.Split('.'))
            {
                case [_, "wte", _]: tensors.Add(("embed", value)); break;
                case [_, "h", "1", "ln_1", _]: tensors.Add(("second_norm", value)); break;
                case [_, "h", var layer, "attn", "c_attn", "weight"]:
                    tensors.AddRange(value.split(16).Zip("qkv", (part, letter) => ($"blocks.{layer}.{letter}", part.t().contiguous())));
                    break;
                default: tensors.Add((parameter.Name, value)); break;
            }
        }
        tensors.Add(("final_logits_bias", model.FinalLogitsBias));
        Safetensors.Save(path, tensors);
        return path;
    }
}
