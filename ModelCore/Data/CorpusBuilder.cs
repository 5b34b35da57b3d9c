using Sweeps.Files;

namespace Sweeps.ModelCore.Data;

/// <summary>Prepares a corpus: documents, tokenizer, token files, baseline. The same arguments give the same bytes.</summary>
internal static class CorpusBuilder
{
    private const long ReportEvery = 1 << 20;

    /// <summary>
    /// Writes encoder.json, vocab.bpe, train.bin, validation.bin and, last, corpus.json into a folder; each appears whole or not at all.
    /// The documents are read twice, in a stream: to train the tokenizer on the training part, then to encode.
    /// </summary>
    /// <param name="options">sources and split</param>
    /// <param name="tokenizerOptions">trained here, or loaded</param>
    /// <param name="seed">keys documents, order and split</param>
    /// <param name="outputFolder">is created; files there are replaced</param>
    /// <param name="listing">see <see cref="PrepareJob.Listing"/></param>
    /// <param name="progress">called about once per MiB of text</param>
    /// <param name="cancellation">stops between documents</param>
    /// <exception cref="JobInputException">
    /// an option is out of range (all are named), or the corpus is too small for the vocabulary
    /// </exception>
    /// <exception cref="InvalidDataException">a file or folder is missing or not sound</exception>
    public static CorpusInfo Build(
        CorpusOptions options, TokenizerOptions tokenizerOptions, ulong seed, string outputFolder, string? listing = null,
        IProgress<CorpusProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(tokenizerOptions);
        var errors = options.Validate().Concat(tokenizerOptions.Validate()).ToList();
        if (errors.Count > 0) throw new JobInputException(string.Join("; ", errors));

        Directory.CreateDirectory(outputFolder);
        var sources = DocumentSource.Of(options, seed, listing);
        var tokenizer = GivenTokenizer.Load(tokenizerOptions) ?? Train(sources, tokenizerOptions, progress, cancellation);
        tokenizer.Save(outputFolder);

        var leftOut = new LeftOutTally();
        var counts = Encode(sources, tokenizer, outputFolder, leftOut, progress, cancellation);
        using var train = TokenFile.Open(Path.Combine(outputFolder, CorpusInfo.TrainFile));
        using var validation = TokenFile.Open(Path.Combine(outputFolder, CorpusInfo.ValidationFile));
        progress?.Report(new CorpusProgress("baseline", counts.Bytes));
        string[] files = [TokenizerFiles.Encoder, TokenizerFiles.Merges, CorpusInfo.TrainFile, CorpusInfo.ValidationFile];
        var info = new CorpusInfo
        {
            VocabSize = tokenizer.VocabSize,
            EndOfText = tokenizer.EndOfText,
            TrainTokens = train.Count,
            ValidationTokens = validation.Count,
            TrainDocuments = counts.Train,
            ValidationDocuments = counts.Validation,
            Bytes = counts.Bytes,
            LeftOut = [.. leftOut.All.Select(one => new LeftOutSample(one.Reason, one.Count, one.Bytes, leftOut.Examples(one.Reason)))],
            BigramLossNats = BigramBaseline.NatsPerToken(train, validation, tokenizer.VocabSize),
            Sha256 = new SortedDictionary<string, string>(
                files.ToDictionary(f => f, f => CorpusInfo.HashOf(Path.Combine(outputFolder, f))), StringComparer.Ordinal),
        };
        info.Save(outputFolder);
        return info;
    }

    private static Tokenizer Train(
        IReadOnlyList<DocumentSource> sources, TokenizerOptions options, IProgress<CorpusProgress>? progress,
        CancellationToken cancellation)
    {
        var leftOut = new LeftOutTally();
        try
        {
            return Tokenizer.Train(TrainingText(), options.VocabSize, options.Pattern ?? TokenizerPattern.Tinypython, cancellation);
        }
        catch (JobInputException e) when (leftOut.All.Count > 0)
        {
            throw new JobInputException($"{e.Message}; left out of the corpus: {CorpusLeftOut.InWords(leftOut.All)}");
        }

        IEnumerable<ReadOnlyMemory<byte>> TrainingText()
        {
            // Tokens cannot be counted before there is a tokenizer: bytes stand for them here.
            foreach (var document in Reported("tokenizer", DocumentSource.Mix(sources, d => d.Text.Length, leftOut), progress))
                if (!document.IsValidation) yield return document.Text;
        }
    }

    private static (long Train, long Validation, long Bytes) Encode(
        IReadOnlyList<DocumentSource> sources, Tokenizer tokenizer, string folder, LeftOutTally leftOut,
        IProgress<CorpusProgress>? progress, CancellationToken cancellation)
    {
        var (trainDocuments, validationDocuments, bytes) = (0L, 0L, 0L);
        AtomicFile.Write(Path.Combine(folder, CorpusInfo.TrainFile), trainStream =>
        AtomicFile.Write(Path.Combine(folder, CorpusInfo.ValidationFile), validationStream =>
        {
            var train = new TokenFileWriter(trainStream);
            var validation = new TokenFileWriter(validationStream);
            var ids = new List<int>();
            foreach (var document in Reported("encode", DocumentSource.Mix(sources, EncodedSize, leftOut), progress))
            {
                cancellation.ThrowIfCancellationRequested();
                (document.IsValidation ? validation : train).Write(ids);
                if (document.IsValidation) validationDocuments++;
                else trainDocuments++;
                bytes += document.Text.Length;
            }
            if (trainDocuments == 0 || validationDocuments == 0)
            {
                var instead = leftOut.All.Count > 0 ? $"; left out: {CorpusLeftOut.InWords(leftOut.All)}" : "";
                throw new JobInputException(
                    $"the corpus gives {trainDocuments} documents for training and {validationDocuments} for validation, "
                    + $"expected at least one of each: add documents or change corpus.validation_fraction{instead}");
            }

            long EncodedSize(Document document)
            {
                ids.Clear();
                tokenizer.Encode(document.Text.Span, ids);
                ids.Add(tokenizer.EndOfText);
                return ids.Count;
            }
        }));
        return (trainDocuments, validationDocuments, bytes);
    }

    private static IEnumerable<Document> Reported(string stage, IEnumerable<Document> documents, IProgress<CorpusProgress>? progress)
    {
        var (bytes, reported) = (0L, 0L);
        foreach (var document in documents)
        {
            yield return document;
            bytes += document.Text.Length;
            if (bytes - reported < ReportEvery) continue;
            progress?.Report(new CorpusProgress(stage, bytes));
            reported = bytes;
        }
    }
}
