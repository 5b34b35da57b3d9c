using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="BridgeInterveneJob"/>.</summary>
internal static class BridgeInterveneRun
{
    internal static BridgeInterveneResult Run(BridgeInterveneJob job, JobInputs inputs)
    {
        JobFailure.ThrowIfAny(job.Intervention.Validate().Select(problem => $"intervention.{problem}"));
        var (context, store, _) = inputs;
        var (model, task, tokenizer) = inputs.Load(job);
        var sparse = model.Model;
        using var dense = ModelFile.Load(store.Verify(job.Dense), model.Device);
        JobFailure.ThrowIfAny(new BridgeOptions().Validate(dense.Config, sparse.Config));
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var circuit = CircuitFile.Load(store.Verify(job.Circuit)).In(job.Model, job.Circuit.Path);
        List<ReadNode> candidates = [.. ReadNode.Of(circuit, sparse.Config.DModel).Where(
            node => sparse[node.GainName][node.Channel].ToDouble() != 0)];
        var (train, test) = (Pairs(TaskSplit.Train), Pairs(TaskSplit.Test));

        var references = References();
        try
        {
            var decoders = Decoders();
            var changes = new BridgeChanges(dense, sparse, decoders, references, job.Intervention.Where);
            return new BridgeInterveneResult(
                test.Count, [Direction(presentsA: true, changes, decoders), Direction(presentsA: false, changes, decoders)]);
        }
        finally
        {
            foreach (var reference in references.Values) reference.Dispose();
        }

        List<TokenizedPair> Pairs(TaskSplit split)
        {
            var pairs = task.Pairs(split).Where(pair => pair.PromptA.Count == pair.PromptB.Count).Take(job.Intervention.Pairs).ToList();
            return pairs.Count > 0
                ? pairs
                : throw new JobInputException(
                    $"task {job.Task}: no pair of the {TaskText.NameOf(split)} split has prompts of equal length, "
                        + "so that there is nothing to change them by");
        }

        IReadOnlyDictionary<ValueLocation, BridgeReference> References()
        {
            using var validation = TokenFile.Open(store.Verify(job.Corpus.ValidationTokens));
            const int Rows = 16;
            var perBatch = Rows * sparse.Config.NCtx;
            var batches = Evaluation.Batches(
                new SequentialBatches(validation, Rows, sparse.Config.NCtx), (job.Intervention.ReferenceTokens + perBatch - 1) / perBatch);
            return BridgeReference.Of(
                dense, sparse, [.. candidates.Select(node => node.Site).Distinct()], batches,
                done => Tell(done, batches.Count, "sizes of residuals"));
        }

        Dictionary<ValueLocation, Tensor> Decoders()
        {
            if (job.Bridges is not { } file)
                return references.ToDictionary(r => r.Key, r => r.Value.Decoder(job.Intervention.Ridge).to(model.Device));
            using var bridges = BridgeFile.Load(
                store.Verify(file), job.Dense, dense.Config, job.Model, sparse.Config, model.Device).Bridges;
            return bridges.All.ToDictionary(bridge => bridge.Site, bridge => bridge.DecoderWeight.clone());
        }

        BridgeIntervention Direction(bool presentsA, BridgeChanges changes, Dictionary<ValueLocation, Tensor> decoders)
        {
            var presented = presentsA ? "A" : "B";
            using var choosing = new PresentedRows(train, presentsA, model.Device);
            var tried = 0;
            var ranked = NodeChoice.Rank(
                sparse, choosing, candidates, () => Tell(++tried, candidates.Count, $"nodes, {presented} presented"));
            using var rows = new PresentedRows(test, presentsA, model.Device);
            var seed = KeyedRandom.DeriveSeed(job.Seed, "interventions", presented);
            var runs = BridgeInterventions.Runs(job.Intervention, ranked.Count);
            var done = 0;
            var lines = new BridgeInterventions(
                changes, rows, job.Intervention, seed, () => Tell(++done, runs, $"interventions, {presented} presented"));
            var (whole, _) = rows.Probabilities(dense.Forward(rows.Others, rows.Positions));
            return new BridgeIntervention(
                presented, Target(presentsA), [.. ranked.Select(one => new CandidateNode(one.Node.Name, one.Effect))],
                BridgeInterventions.OverPairs(whole, seed), lines.Lines([.. ranked.Select(one => one.Node)], Channels));

            // A column of zeros cannot be made longer.
            IReadOnlyList<int> Channels(ValueLocation site)
            {
                var lengths = decoders[site].norm(0).cpu().Values<float>();
                return [.. Enumerable.Range(0, lengths.Length).Where(channel => lengths[channel] > 0)];
            }
        }

        // The most common one; of several the first.
        string Target(bool presentsA) => tokenizer.Display(
            test.GroupBy(pair => presentsA ? pair.TokenB : pair.TokenA).OrderByDescending(group => group.Count()).First().Key);

        void Tell(int done, int all, string what)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            context.Report(new JobProgress(done, Math.Max(1, all), null, what));
        }
    }
}
