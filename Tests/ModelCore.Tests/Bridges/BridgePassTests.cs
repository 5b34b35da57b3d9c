using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Bridges;

/// <summary>The loss and the gradients of bridges, against finite differences and against what they must be.</summary>
public sealed class BridgePassTests : TorchTest
{
    private static readonly BridgeOptions _none = new()
    {
        CoefNmse = 0,
        CoefKlDenseToSparse = 0,
        CoefKlSparseToDense = 0,
        EncoderFraction = 0.5,
    };

    private const int Sites = 5;

    public enum Term
    {
        EncoderNmse,
        DecoderNmse,
        DenseToSparse,
        SparseToDense,
    }

    public static TheoryData<Term, int, bool> Cells()
    {
        var cells = new TheoryData<Term, int, bool>();
        foreach (var term in Enum.GetValues<Term>())
        {
            for (var site = 0; site < Sites; site++)
                foreach (var residualTopk in new[] { false, true }) cells.Add(term, site, residualTopk);
        }
        return cells;
    }

    private static BridgeOptions Only(Term term) => term switch
    {
        Term.DenseToSparse => _none with { CoefKlDenseToSparse = 1 },
        Term.SparseToDense => _none with { CoefKlSparseToDense = 1 },
        _ => _none with { CoefNmse = 1 },
    };

    private static double Value(BridgeLosses losses, Term term, int site) => (term switch
    {
        Term.EncoderNmse => losses.Sites[site].EncoderNmse,
        Term.DecoderNmse => losses.Sites[site].DecoderNmse,
        Term.DenseToSparse => losses.Sites[site].DenseToSparse,
        _ => losses.Sites[site].SparseToDense,
    })!.Value;

    // Where a parameter acts: sites before it are below, the others above. Positions act in every layer.
    private static (bool Below, bool Above) Place(string name, int site)
    {
        if (name.Contains("wpe", StringComparison.Ordinal)) return (site > 0, site < Sites - 1);
        var at = name switch
        {
            "transformer.wte.weight" => -1,
            "transformer.ln_f.weight" or "lm_head.weight" or "bigram_table" => Sites - 1,
            _ => (2 * (name[14] - '0')) + (name.Contains("mlp", StringComparison.Ordinal) || name.Contains("ln_2", StringComparison.Ordinal)
                || name.Contains("ln_p2", StringComparison.Ordinal) ? 1 : 0),
        };
        return (at < site, at >= site);
    }

    // The table of which term trains what.
    private static bool Trains(Term term, int site, string name)
    {
        if (name.StartsWith("site.", StringComparison.Ordinal))
        {
            var isEncoder = name.StartsWith($"site.{site}.encoder", StringComparison.Ordinal);
            var isDecoder = name.StartsWith($"site.{site}.decoder", StringComparison.Ordinal);
            return term is Term.EncoderNmse or Term.DenseToSparse ? isEncoder : isDecoder;
        }
        var (below, above) = Place(name, site);
        return term switch
        {
            Term.EncoderNmse => false,
            Term.DenseToSparse => above,
            _ => below,
        };
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Each_term_trains_what_the_table_says_with_the_gradient_of_finite_differences_and_nothing_else(
        Term term, int site, bool residualTopk)
    {
        var options = Only(term);
        using var models = new TinyBridges(options, residualTopk: residualTopk);
        var alone = models.Run(_none).Gradients;
        var (_, all) = models.Run(options, site);
        // One coefficient has both errors: the other one's gradients are those of its own bridge and of the layers below.
        var other = term switch { Term.EncoderNmse => Term.DecoderNmse, Term.DecoderNmse => Term.EncoderNmse, _ => term };
        var yes = 0;
        foreach (var parameter in models.Trained)
        {
            var (name, value) = (parameter.Name, parameter.Value);
            if (!Trains(term, site, name))
            {
                if (!Trains(other, site, name)) Assert.True(all[name].IsSame(alone[name]), $"{name} is trained");
                continue;
            }
            yes++;
            using var generator = new torch.Generator(3);
            var direction = torch.randn(value.shape, ScalarType.Float64, generator: generator);
            var found = ((all[name] - alone[name]) * direction).sum().ToDouble() / Sites;
            var expected = (At(1e-5) - At(-1e-5)) / 2e-5;
            Assert.True(
                Math.Abs(found - expected) <= 1e-3 * Math.Abs(expected) + 1e-7, $"{name}: {found}, by finite differences {expected}");

            double At(double step)
            {
                using (torch.no_grad()) value.add_(direction, step);
                var result = Value(models.Run(options, site).Losses, term, site);
                using (torch.no_grad()) value.add_(direction, -step);
                return result;
            }
        }
        Assert.True(yes >= 2);
        Assert.All(models.Dense.Parameters, p => Assert.Null(p.Value.grad));
    }

    [Fact]
    public void The_divergence_of_the_sparse_model_itself_trains_all_of_it_and_no_bridge()
    {
        var options = _none with { CoefKlSparse = 1 };
        using var models = new TinyBridges(options);
        var alone = models.Run(_none).Gradients;
        var (losses, all) = models.Run(options);
        Assert.True(losses.Divergence > 0);
        foreach (var parameter in models.Trained)
        {
            var (name, value) = (parameter.Name, parameter.Value);
            if (name.StartsWith("site.", StringComparison.Ordinal))
            {
                Assert.Equal(0, all[name].abs().sum().ToDouble());
                continue;
            }
            using var generator = new torch.Generator(3);
            var direction = torch.randn(value.shape, ScalarType.Float64, generator: generator);
            var found = ((all[name] - alone[name]) * direction).sum().ToDouble();
            var expected = (At(1e-5) - At(-1e-5)) / 2e-5;
            Assert.True(Math.Abs(found - expected) <= 1e-3 * Math.Abs(expected) + 1e-7, $"{name}: {found}, expected {expected}");

            double At(double step)
            {
                using (torch.no_grad()) value.add_(direction, step);
                var result = models.Run(options).Losses.Divergence!.Value;
                using (torch.no_grad()) value.add_(direction, -step);
                return result;
            }
        }
    }

    [Fact]
    public void Between_a_model_and_itself_identity_bridges_lose_nothing()
    {
        var shape = TinyModel.Config with { ActivationFraction = 1 };
        var options = new BridgeOptions { EncoderFraction = 1, CoefKlSparse = 1 };
        using var dense = TinyBridges.Frozen(TinyModel.Create(shape));
        using var sparse = TinyModel.Create(shape);
        using var bridges = TinyBridges.Identity(shape);
        foreach (var parameter in bridges.Parameters) parameter.Value.requires_grad_();
        var losses = new BridgePass(dense, sparse, bridges, options).Run(
            TinyModel.Tokens(1, 3, 6), TinyModel.Tokens(2, 3, 6), [0, 1, 2, 3, 4]);
        Assert.Equal(Sites, losses.Sites.Count);
        Assert.Equal(0, losses.Divergence!.Value, 1e-6);
        Assert.All(losses.Sites.Values, site =>
        {
            Assert.Equal((0.0, 0.0), (site.EncoderNmse!.Value, site.DecoderNmse!.Value));
            Assert.Equal(0, site.DenseToSparse!.Value, 1e-6);
            Assert.Equal(0, site.SparseToDense!.Value, 1e-6);
        });
        foreach (var parameter in sparse.Parameters.Concat(bridges.Parameters)) parameter.Value.grad = null;
    }

    [Theory]
    [InlineData(NmseKind.Ratio)]
    [InlineData(NmseKind.PerToken)]
    public void The_error_of_the_batchs_mean_is_one(NmseKind kind)
    {
        using var generator = new torch.Generator(1);
        var actual = torch.randn([4, 5, 7], ScalarType.Float64, generator: generator) + 3;
        var mean = actual.reshape(-1, 7).mean([0]).expand(4, 5, 7);
        Assert.Equal(1, BridgeTerms.Nmse(mean, actual, kind).ToDouble(), 1e-12);
        Assert.Equal(0, BridgeTerms.Nmse(actual, actual, kind).ToDouble());
        // Where nothing varies there is nothing to explain.
        var constant = torch.ones([4, 5, 7]);
        Assert.Equal(0, BridgeTerms.Nmse(constant, constant, kind).ToDouble());
    }

    [Fact]
    public void The_divergence_is_per_token_and_over_the_whole_vocabulary()
    {
        // KL((½, ½) ‖ (¼, ¾)) = ½ ln 2 + ½ ln ⅔, by hand, whatever the number of tokens.
        var target = torch.tensor(new[] { 0.5, 0.5 }).log().expand(2, 3, 2);
        var logits = torch.tensor(new[] { 0.25, 0.75 }).log().expand(2, 3, 2);
        Assert.Equal(0.5 * Math.Log(2) + 0.5 * Math.Log(2.0 / 3), BridgeTerms.Divergence(target, logits).ToDouble(), 1e-12);
    }

    [Fact]
    public void The_mean_over_all_draws_of_sites_is_the_gradient_of_all_sites()
    {
        var options = new BridgeOptions { EncoderFraction = 0.5, CoefKlSparse = 0.5 };
        using var models = new TinyBridges(options);
        var whole = models.Run(options, 0, 1, 2, 3, 4).Gradients;
        var draws = Enumerable.Range(0, Sites).SelectMany(a => Enumerable.Range(a + 1, Sites - a - 1).Select(b => (A: a, B: b))).ToList();
        Assert.Equal(10, draws.Count);
        var sum = whole.ToDictionary(g => g.Key, g => torch.zeros_like(g.Value));
        foreach (var (a, b) in draws)
            foreach (var (name, gradient) in models.Run(options, a, b).Gradients) sum[name].add_(gradient);
        foreach (var (name, gradient) in whole)
        {
            var error = (sum[name] / draws.Count - gradient).norm().ToDouble();
            Assert.True(error <= 1e-5 * gradient.norm().ToDouble(), $"{name}: {error} of {gradient.norm().ToDouble()}");
        }
    }

    [Fact]
    public void The_same_batch_gives_the_same_gradients_bit_for_bit()
    {
        var options = new BridgeOptions { EncoderFraction = 0.5 };
        using var models = new TinyBridges(options, ScalarType.Float32);
        var (first, second) = (models.Run(options, 0, 1, 2, 3, 4), models.Run(options, 0, 1, 2, 3, 4));
        Assert.All(first.Gradients, g => Assert.True(g.Value.IsSame(second.Gradients[g.Key]), g.Key));
        Assert.Equal(first.Losses.Sites, second.Losses.Sites);
    }
}
