using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Tests.Jobs;

/// <summary>What an evaluation says that the whole model knows of a task, whatever it makes of its own confidence.</summary>
public class CalibratedLossTests
{
    private const int Pairs = 100;

    private static readonly PruningOptions _options = new();

    [Fact]
    public void A_model_that_decides_all_train_pairs_rightly_is_not_condemned_by_one_wrong_validation_pair() =>
        Assert.InRange(EvaluateRun.CalibratedLoss(Logits(5, wrong: 0), Logits(5, wrong: 1), _options), 0, 0.1);

    [Fact]
    public void An_overconfident_model_is_judged_by_what_it_knows()
    {
        var (train, validation) = (Logits(50, wrong: 5), Logits(50, wrong: 5));
        Assert.InRange(validation.Loss(1, 0).Loss, 2, 3);
        // One in twenty wrong: the entropy of that.
        Assert.Equal(-(0.05 * Math.Log(0.05)) - (0.95 * Math.Log(0.95)), EvaluateRun.CalibratedLoss(train, validation, _options), 2);
    }

    [Fact]
    public void A_model_that_guesses_has_the_loss_of_guessing() =>
        Assert.Equal(Math.Log(2), EvaluateRun.CalibratedLoss(Logits(3, wrong: 50), Logits(3, wrong: 50), _options), 2);

    /// <summary>Pairs of which the model decides the first <paramref name="wrong"/> wrongly, all with the same margin.</summary>
    private static TaskLogits Logits(float margin, int wrong)
    {
        bool[] answerIsA = [.. Enumerable.Range(0, 2 * Pairs).Select(i => i % 2 == 0)];
        return new TaskLogits([.. answerIsA.Select((a, i) => (i / 2 < wrong) == a ? -margin : margin)], answerIsA);
    }
}
