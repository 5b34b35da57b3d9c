using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Training;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Training;

public sealed class EvaluationTests : TorchTest
{
    [Fact]
    public void A_silenced_neuron_is_dead_and_a_live_one_is_not()
    {
        using var model = TinyModel.Create(TinyModel.Config with { ActivationFraction = 1 });
        using (torch.no_grad())
        {
            using var weight = model["transformer.h.1.mlp.c_fc.weight"].narrow(0, 0, 3).zero_();
            using var bias = model["transformer.h.1.mlp.c_fc.bias"].narrow(0, 0, 3).zero_();
        }
        var batch = new TokenBatch([1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7], 1, 6);
        var evaluation = Evaluation.Run(model, [batch, batch]);
        Assert.Equal(0.25, evaluation.DeadFractionByLocation["1.mlp.post_act"]);
        Assert.Equal(0, evaluation.DeadFractionByLocation["0.mlp.post_act"]);
        var nodes = NodeLocation.All(2).Sum(at => model.Config.Width(at.Site));
        Assert.Equal(3.0 / nodes, evaluation.DeadFraction, 12);
    }

    [Fact]
    public void Kurtosis_is_that_of_the_channels_of_each_token()
    {
        using var scope = torch.NewDisposeScope();
        // Two values of equal weight: 1. One in four apart: deviations 3, -1, -1, -1 give (81 + 3) / 4 / 3² = 7/3.
        var x = torch.tensor(new double[] { 5, 1, 5, 1, 4, 0, 0, 0 }, [1, 2, 4]);
        Assert.Equal((1 + (7.0 / 3)) / 2, Evaluation.Kurtosis(x), 6);
    }

    [Fact]
    public void A_token_without_variance_has_no_kurtosis_and_spoils_that_of_no_other()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Equal(7.0 / 3, Evaluation.Kurtosis(torch.tensor(new float[] { 0, 0, 0, 0, 4e-20f, 0, 0, 0 }, [1, 2, 4])), 6);
        Assert.Equal(0, Evaluation.Kurtosis(torch.zeros([1, 2, 4])));
    }
}
