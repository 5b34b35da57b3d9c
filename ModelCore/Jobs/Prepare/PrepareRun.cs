using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="PrepareJob"/>.</summary>
internal static class PrepareRun
{
    internal static PrepareResult Run(PrepareJob job, JobInputs inputs)
    {
        var (context, store, _) = inputs;
        // The length is known only when the first pass is over; what is reported is a sign of life with the bytes in the note.
        var progress = new Progress(context);
        var info = CorpusBuilder.Build(
            job.Corpus, job.Tokenizer, job.Seed, store.FullPath(job.Output), job.Listing, progress, context.Cancelled);
        return new PrepareResult(
            new CorpusArtifacts(
                store.Describe($"{job.Output}/{TokenizerFiles.Encoder}"),
                store.Describe($"{job.Output}/{TokenizerFiles.Merges}"),
                store.Describe($"{job.Output}/{CorpusInfo.TrainFile}"),
                store.Describe($"{job.Output}/{CorpusInfo.ValidationFile}")),
            info.VocabSize, info.TrainDocuments + info.ValidationDocuments, info.Bytes, info.TrainTokens, info.ValidationTokens,
            info.BigramLossNats)
        {
            LeftOut = [.. info.LeftOut.Select(one => new CorpusLeftOut(one.Reason, one.Count, one.Bytes))],
        };
    }

    // Not System.Progress, which would report from another thread.
    private sealed class Progress(IJobContext context) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value) => context.Report(new JobProgress(0, 1, null, $"{value.Stage}: {value.Bytes >> 20} MiB"));
    }
}
