using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Model;

public sealed class TransformerTests : TorchTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_agree_with_finite_differences(bool residualTopk)
    {
        using var model = TinyModel.Create(TinyModel.Config with { ResidualTopk = residualTopk }, dtype: ScalarType.Float64);
        var tokens = TinyModel.Tokens(2, 2, 6);
        var targets = TinyModel.Tokens(3, 2, 6);
        model.Loss(tokens, targets).backward();
        const double step = 1e-6;
        foreach (var (spec, value) in model.Parameters)
        {
            var gradient = value.grad!.Values<double>();
            // Every entry of the small ones, a sample of the others.
            for (long i = 0; i < gradient.Length; i += Math.Max(1, gradient.Length / 12))
            {
                var numeric = (LossAt(value, i, step) - LossAt(value, i, -step)) / (2 * step);
                Assert.True(
                    Math.Abs(numeric - gradient[i]) <= 1e-7 + (1e-5 * Math.Abs(numeric)),
                    $"{spec.Name}[{i}]: {gradient[i]}, by differences {numeric}");
            }
        }

        double LossAt(Tensor parameter, long index, double change)
        {
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var entry = parameter.view(-1).narrow(0, index, 1);
            entry.add_(change);
            var loss = model.Loss(tokens, targets).ToDouble();
            entry.sub_(change);
            return loss;
        }
    }

    [Theory]
    [InlineData(true, 3, false)]
    [InlineData(false, 0, true)]
    public void Logits_at_given_positions_are_those_of_the_full_run(bool sink, int dPosEmb, bool residualTopk)
    {
        using var model = TinyModel.Create(
            TinyModel.Config with { AttentionSink = sink, DPosEmb = dPosEmb, ResidualTopk = residualTopk });
        var tokens = TinyModel.Tokens(4, 3, 6);
        var positions = torch.tensor(new long[] { 5, 0, 3 });
        var all = model.Forward(tokens);
        var some = model.Forward(tokens, positions);
        Assert.Equal([3, 11], some.shape);
        GoldenModel.AssertClose(all.gather(1, positions.view(3, 1, 1).expand(3, 1, 11)).squeeze(1), some, "logits", 1e-5);
    }

    [Theory]
    [InlineData(false, 3, false)]
    [InlineData(true, 0, true)]
    public void From_any_residual_on_the_rest_of_the_model_gives_its_logits(bool bigram, int dPosEmb, bool hooked)
    {
        using var model = TinyModel.Create(TinyModel.Config with { BigramTable = bigram, DPosEmb = dPosEmb, ResidualTopk = hooked });
        var tokens = TinyModel.Tokens(4, 3, 6);
        NodeHook? node = hooked ? (_, value) => value : null;
        var expected = model.Forward(tokens, node: node);
        var residuals = ValueLocation.All(2).Where(at => at.IsResidual).ToList();
        Assert.Equal(["0.resid_in", "0.resid_mid", "1.resid_in", "1.resid_mid", "final_resid"], residuals.Select(at => at.Name));
        foreach (var at in residuals)
            GoldenModel.AssertClose(expected, model.ForwardFrom(at, model.ValueAt(at, tokens), tokens, node), at.Name, 1e-6);
        Assert.Throws<ArgumentException>(() => model.ForwardFrom(ValueLocation.Parse("0.attn.y"), torch.zeros([3, 6, 8]), tokens));
        Assert.Throws<ArgumentException>(() => model.ForwardFrom(ValueLocation.Parse("2.resid_in"), torch.zeros([3, 6, 8]), tokens));
        Assert.Throws<ArgumentException>(() => model.ForwardFrom(residuals[0], torch.zeros([3, 5, 8]), tokens));
    }

    [Fact]
    public void Every_value_of_a_forward_pass_is_found_by_its_location_and_can_be_replaced()
    {
        using var model = TinyModel.Create();
        var (tokens, others) = (TinyModel.Tokens(4, 2, 6), TinyModel.Tokens(8, 2, 6));
        var seen = new Dictionary<string, Tensor>();
        var expected = model.Forward(tokens, node: (at, value) => See(at.Name, value), tap: See);
        Assert.Equal(seen.Keys, ValueLocation.All(2).Select(at => at.Name));
        foreach (var at in ValueLocation.All(2))
        {
            GoldenModel.AssertClose(seen[at.Name], model.ValueAt(at, tokens), at.Name, 1e-6);
            // A run on other tokens that has all values of this location has what follows from them alone.
            var replaced = Sweeps.ModelCore.Autoencoders.DictionaryEvaluation.Logits(model, at, seen[at.Name], tokens);
            GoldenModel.AssertClose(expected, replaced, at.Name, 1e-6);
            var changed = Sweeps.ModelCore.Autoencoders.DictionaryEvaluation.Logits(model, at, seen[at.Name] + 0.5, tokens);
            Assert.True((changed - expected).abs().max().ToDouble() > 1e-4, at.Name);
        }
        var fromOthers = Sweeps.ModelCore.Autoencoders.DictionaryEvaluation.Logits(
            model, ValueLocation.Parse("0.resid_in"), model.ValueAt(ValueLocation.Parse("0.resid_in"), others), tokens);
        var bigrams = model["bigram_table"];
        GoldenModel.AssertClose(
            model.Forward(others) - bigrams.index_select(0, others.view(-1)).view(2, 6, -1)
                + bigrams.index_select(0, tokens.view(-1)).view(2, 6, -1),
            fromOthers, "the logits of others with these tokens' bigrams", 1e-5);
        foreach (var value in seen.Values) value.Dispose();

        Tensor See(string name, Tensor value)
        {
            seen.Add(name, value.clone().DetachFromDisposeScope());
            return value;
        }
    }

    [Fact]
    public void What_comes_after_a_position_does_not_change_its_logits()
    {
        using var model = TinyModel.Create();
        var tokens = TinyModel.Tokens(5, 1, 6);
        var changed = tokens.clone();
        changed.narrow(1, 4, 2).fill_(0);
        tokens.narrow(1, 4, 2).fill_(7);
        GoldenModel.AssertClose(model.Forward(tokens).narrow(1, 0, 4), model.Forward(changed).narrow(1, 0, 4), "logits", 1e-6);
    }

    [Fact]
    public void Hooks_are_called_in_the_order_a_token_meets_them_with_at_most_k_nonzeros()
    {
        using var model = TinyModel.Create();
        var seen = new List<NodeLocation>();
        model.Forward(TinyModel.Tokens(6, 2, 6), node: (location, value) =>
        {
            seen.Add(location);
            Assert.Equal([2, 6, model.Config.Width(location.Site)], value.shape);
            Assert.True(value.count_nonzero([-1]).max().ToInt32() <= model.Config.TopK(location.Site));
            return value;
        });
        Assert.Equal(NodeLocation.All(2), seen);
    }

    [Fact]
    public void Where_AbsTopK_acts_on_the_residual_sublayers_go_on_from_the_largest_channels_of_what_was_written()
    {
        using var model = TinyModel.Create(TinyModel.Config with { ResidualTopk = true });
        using var free = TinyModel.Create();
        var tokens = TinyModel.Tokens(6, 2, 6);
        var seen = new Dictionary<string, Tensor>();
        model.Forward(tokens, tap: (name, value) =>
        {
            seen.Add(name, value.clone().DetachFromDisposeScope());
            return value;
        });
        Assert.Equal(
            ["0.resid_in.sum", "0.resid_in", "0.attn.y", "0.resid_mid.sum", "0.resid_mid", "1.resid_in.sum", "1.resid_in", "1.attn.y",
                "1.resid_mid.sum", "1.resid_mid", "final_resid"],
            seen.Keys);
        foreach (var site in new[] { "0.resid_in", "0.resid_mid", "1.resid_in", "1.resid_mid" })
        {
            Tensor sum = seen[$"{site}.sum"], residual = seen[site];
            var at = ValueLocation.Parse(site);
            GoldenModel.AssertClose(sum, model.ValueAt(at, tokens, sums: true), site, 0);
            GoldenModel.AssertClose(residual, model.ValueAt(at, tokens), site, 0);
            // Half of the eight channels.
            var threshold = sum.abs().topk(4, -1).values.select(-1, 3).unsqueeze(-1);
            GoldenModel.AssertClose(sum.where(sum.abs() >= threshold, torch.zeros_like(sum)), residual, site, 0);
        }
        Assert.True(seen["final_resid"].count_nonzero([-1]).max().ToInt64() > 4, "the last residual is whole");
        Assert.True((model.Forward(tokens) - free.Forward(tokens)).abs().max().ToDouble() > 1e-3);
        foreach (var value in seen.Values) value.Dispose();
    }

    [Fact]
    public void A_hook_that_replaces_a_value_changes_what_follows()
    {
        using var model = TinyModel.Create();
        var tokens = TinyModel.Tokens(7, 2, 6);
        var mlp = new NodeLocation(1, NodeSite.MlpResidDelta);
        Tensor? before = null, after = null;
        model.Forward(
            tokens,
            node: (location, value) => location == mlp ? torch.zeros_like(value) : value,
            tap: (name, value) =>
            {
                if (name == "1.resid_mid") before = value.clone().DetachFromDisposeScope();
                if (name == "final_resid") after = value.clone().DetachFromDisposeScope();
                return value;
            });
        using (before) using (after) GoldenModel.AssertClose(before!, after!, "residual around a silenced MLP", 0);
    }

    [Fact]
    public void Gains_sinks_and_the_bigram_table_are_not_counted_only_matrices_and_embeddings_decay_and_only_units_have_a_floor()
    {
        var specs = ParameterSpec.Of(TinyModel.Config).ToDictionary(spec => spec.Name);
        Assert.Equal(
            ["bigram_table", "transformer.h.0.attn.attn_imp.sink_logit", "transformer.h.0.ln_1.weight", "transformer.h.0.ln_2.weight"],
            specs.Values.Where(
                s => !s.IsCounted && !s.Name.Contains("h.1.", StringComparison.Ordinal) && !s.Name.Contains("_p", StringComparison.Ordinal)
                && !s.Name.Contains("ln_f", StringComparison.Ordinal)).Select(s => s.Name).Order(StringComparer.Ordinal));
        Assert.True(specs["transformer.h.0.attn.c_attn.bias"].IsCounted && specs["transformer.wpe.weight"].IsCounted);
        Assert.True(
            specs["transformer.wte.weight"].IsDecayed && specs["lm_head.weight"].IsDecayed
                && specs["transformer.h.0.mlp.c_fc.weight"].IsDecayed);
        Assert.False(
            specs["bigram_table"].IsDecayed || specs["transformer.h.0.attn.c_attn.bias"].IsDecayed
                || specs["transformer.ln_f.weight"].IsDecayed);
        Assert.Equal(
            ["0 attn.c_attn", "1 attn.c_proj", "0 mlp.c_fc", "1 mlp.c_proj"],
            specs.Values.Where(s => s.FloorAxis is not null && s.Name.Contains("h.0.", StringComparison.Ordinal))
                .Select(s => $"{s.FloorAxis} {s.Name["transformer.h.0.".Length..^".weight".Length]}"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_new_model()
    {
        using var a = Fresh(9);
        using var b = Fresh(9);
        using var c = Fresh(10);
        Assert.All(a.Parameters, p => Assert.True(p.Value.IsSame(b[p.Name])));
        Assert.False(a["lm_head.weight"].IsSame(c["lm_head.weight"]));
        Assert.Equal(0.02, a["transformer.wte.weight"].std().ToDouble(), 0.002);
        Assert.Equal(0.01, a["transformer.h.0.mlp.c_proj.weight"].std().ToDouble(), 0.001);
        Assert.Equal(0.01, a["bigram_table"].mean().ToDouble(), 0.001);
        Assert.InRange(a["bigram_table"].max().ToDouble(), 0.019, 0.02);
        Assert.True(a["bigram_table"].min().ToDouble() >= 0);

        static Transformer Fresh(ulong seed)
        {
            using var generator = new torch.Generator(seed);
            return Transformer.Create(new ModelConfig { NLayer = 2, DModel = 32, NCtx = 8, VocabSize = 64 }, generator);
        }
    }

    [Fact]
    public void A_model_file_gives_the_model_back_and_the_same_model_the_same_bytes()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var path = Path.Combine(folder, "model.safetensors");
        using var model = TinyModel.Create();
        using (var file = File.Create(path)) ModelFile.Save(file, model);
        using var loaded = ModelFile.Load(path);
        // Records compare lists by reference.
        Assert.Equal(
            model.Config with { ActivationSites = [] },
            loaded.Config with { ActivationSites = model.Config.ActivationSites.Take(0).ToArray() });
        Assert.Equal(model.Config.ActivationSites, loaded.Config.ActivationSites);
        Assert.All(model.Parameters, p => Assert.True(p.Value.IsSame(loaded[p.Name]), p.Name));
        var bytes = File.ReadAllBytes(path);
        using (var file = File.Create(path)) ModelFile.Save(file, loaded);
        Assert.Equal(bytes, File.ReadAllBytes(path));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Tensors_that_do_not_fit_the_config_are_refused_by_name()
    {
        using var model = TinyModel.Create();
        var tensors = model.Parameters.ToDictionary(p => p.Name, p => p.Value);
        var error = Assert.Throws<InvalidDataException>(() => new Transformer(model.Config with { DMlp = 13 }, tensors));
        Assert.Contains("transformer.h.0.mlp.c_fc.weight", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<InvalidDataException>(() => new Transformer(model.Config with { BigramTable = false }, tensors));
        Assert.Contains("bigram_table", error.Message, StringComparison.Ordinal);
        tensors.Remove("lm_head.weight");
        error = Assert.Throws<InvalidDataException>(() => new Transformer(model.Config, tensors));
        Assert.Contains("lm_head.weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_mean_cache_is_the_mean_over_all_tokens_and_survives_its_file()
    {
        var path = Path.GetTempFileName();
        using var model = TinyModel.Create();
        Tensor[] batches = [TinyModel.Tokens(11, 2, 6), TinyModel.Tokens(12, 4, 6)];
        var neurons = new NodeLocation(1, NodeSite.MlpPostAct);
        using var sum = torch.zeros([12], ScalarType.Float64);
        using var final = torch.zeros([model.Config.DModel], ScalarType.Float64);
        foreach (var batch in batches)
        {
            model.Forward(batch, node: (location, value) =>
            {
                if (location == neurons) sum.add_(value.detach().to(ScalarType.Float64).sum([0, 1]));
                return value;
            }, tap: (name, value) =>
            {
                if (name == "final_resid") final.add_(value.detach().to(ScalarType.Float64).sum([0, 1]));
                return value;
            });
        }
        using (var computed = MeanCache.Compute(model, batches))
        using (var file = File.Create(path)) computed.Save(file);
        using var cache = MeanCache.Load(path, model.Config);
        Assert.Equal(36, cache.Tokens);
        Assert.Equal([.. NodeLocation.All(2), NodeLocation.FinalResid], cache.Means.Keys);
        GoldenModel.AssertClose(sum / 36, cache.Means[neurons], "mean", 1e-6);
        GoldenModel.AssertClose(final / 36, cache.Means[NodeLocation.FinalResid], "mean of the final residual", 1e-6);
        Assert.Throws<InvalidDataException>(() => MeanCache.Load(path, model.Config with { DMlp = 13 }));
        File.Delete(path);
    }
}
