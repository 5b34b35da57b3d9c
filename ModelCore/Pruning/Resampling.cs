using System.Globalization;
using Sweeps.ModelCore.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Replaces dropped nodes by their values on pretraining data [G app. E]: for each prompt one window is drawn, and a dropped node has at
/// position t the value that it has at position t of the window. So what dropped nodes say together stays what the model says somewhere,
/// only not here. Scale and shift of the logits are fitted to the validation prompts under the same replacement: those of the means belong
/// to means.
/// </summary>
/// <param name="model">the model</param>
/// <param name="kept">for each node whether it keeps its own value</param>
/// <param name="windows">
/// makes windows of the pretraining data: of how many, of how many tokens, drawn by what; one behind the other
/// </param>
/// <param name="seed">of the draws</param>
/// <param name="options">the loss and the calibration</param>
/// <param name="context">is told after each batch, and may cancel before it</param>
internal sealed class Resampling(
    FrozenModel model, bool[] kept, Func<int, int, KeyedRandom, int[]> windows, ulong seed, PruningOptions options, IJobContext context)
{
    // Windows drawn for each prompt.
    private const int Draws = 8;

    private static readonly double[] s_fractions = [0.25, 0.5, 1];

    /// <summary>
    /// The ladder: a fraction of the dropped nodes is resampled, each rung those of the rung below and more; the others are at their means.
    /// </summary>
    /// <param name="validation">prompts that scale and shift are fitted to</param>
    /// <param name="test">prompts that the rungs are measured on</param>
    internal IReadOnlyList<ResampleRung> Ladder(IReadOnlyList<TaskRows> validation, IReadOnlyList<TaskRows> test)
    {
        using var scope = torch.NewDisposeScope();
        var rungs = Rungs();
        TaskLogits[] fitted = [Ablated(validation), .. Logits(validation, rungs, "validation")];
        TaskLogits[] measured = [Ablated(test), .. Logits(test, rungs, "test")];
        return
        [
            .. fitted.Zip(measured).Zip([0, .. s_fractions], (logits, fraction) =>
            {
                var fit = Calibration.Run(logits.First, options.CalibrationSteps, options.CalibrationSmoothing);
                return new ResampleRung(
                    fraction, logits.Second.Loss(fit.Scale, fit.Shift).Loss, logits.Second.Accuracy(fit.Scale, fit.Shift));
            }),
        ];
    }

    private TaskLogits Ablated(IReadOnlyList<TaskRows> batches) =>
        TaskEvaluation.Run(model, batches, kept, options.WholeVocabularyLoss, options.Kernels, context);

    /// <summary>(rungs, nodes), 1 where a node is resampled.</summary>
    private Tensor Rungs()
    {
        var dropped = Enumerable.Range(0, kept.Length).Where(node => !kept[node]).ToArray();
        new KeyedRandom(seed, "validate", "ladder").Shuffle<int>(dropped);
        var rungs = new float[s_fractions.Length, kept.Length];
        for (var rung = 0; rung < s_fractions.Length; rung++)
            foreach (var node in dropped.Take((int)Math.Ceiling(dropped.Length * s_fractions[rung]))) rungs[rung, node] = 1;
        return torch.tensor(rungs, device: model.Device);
    }

    /// <summary>The logits of each rung, over all draws.</summary>
    private TaskLogits[] Logits(IReadOnlyList<TaskRows> batches, Tensor rungs, string purpose)
    {
        TaskRows[] all = [.. Enumerable.Repeat(batches, Draws).SelectMany(b => b)];
        var width = options.WholeVocabularyLoss ? model.Config.VocabSize : 2;
        var logits = Array.ConvertAll(s_fractions, _ => new float[all.Sum(batch => batch.Count) * width]);
        var done = 0;
        foreach (var (i, batch) in all.Index())
        {
            context.Cancelled.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var random = new KeyedRandom(seed, "validate", "resample", purpose, i.ToString(CultureInfo.InvariantCulture));
            var of = Forward(batch, rungs, random).chunk(s_fractions.Length); // (R, V) each
            for (var rung = 0; rung < of.Length; rung++)
                TaskEvaluation.Copy(of[rung], batch, options.WholeVocabularyLoss, logits[rung].AsSpan(done * width, batch.Count * width));
            done += batch.Count;
            context.Report(new JobProgress(done, all.Sum(b => b.Count), null, "resampling"));
        }
        return Array.ConvertAll(logits, l => TaskEvaluation.Collect(all, options.WholeVocabularyLoss, l));
    }

    /// <summary>
    /// The logits of a batch, rung after rung: (rungs · R, V). The windows run in the same pass, as further rows, so that nothing of them
    /// need be kept.
    /// </summary>
    private Tensor Forward(TaskRows batch, Tensor rungs, KeyedRandom random)
    {
        var (count, length) = (batch.Tokens.size(0), batch.Tokens.size(1));
        var drawn = torch.tensor(
            Array.ConvertAll(windows((int)count, (int)length, random), token => (long)token), [count, length], device: model.Device);
        var times = rungs.size(0);
        var tokens = torch.cat([.. Enumerable.Repeat(batch.Tokens, (int)times), drawn]);
        var positions = batch.Positions.repeat(times + 1);
        var own = model.Gates(kept); // (nodes)
        var means = model.Means * (1 - own - rungs); // (rungs, nodes)
        var logits = model.Model.Forward(tokens, positions, (location, value) =>
        {
            using var scope = torch.NewDisposeScope();
            var rows = value.view(times + 1, count, value.size(1), -1); // (rungs + 1, R, T or 1, width)
            var window = rows.narrow(0, times, 1);
            var mixed = (rows.narrow(0, 0, times) * model.At(location, own)) + (window * At(rungs)) + At(means);
            return torch.cat([mixed, window]).view(value.shape).MoveToOuterDisposeScope();

            Tensor At(Tensor perNode) =>
                perNode.narrow(1, model.Layout.Offset(location), model.Layout.Width(location)).unsqueeze(1).unsqueeze(1);
        });
        return logits.narrow(0, 0, times * count);
    }
}
