using System.Diagnostics;
using System.Text.Json;
using Sweeps.ModelCore.Importing;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tests.Data;

namespace Sweeps.ModelCore.Tests.Jobs;

/// <summary>A machine that has only copies of what a sweep file names gives the same results, by the same names.</summary>
public sealed class JobSourcesTests : IDisposable
{
    private readonly TemporaryFolder _there = new(), _here = new();

    [Fact]
    public void A_corpus_of_copies_is_the_same_byte_for_byte_with_all_that_is_left_out()
    {
        var folder = Path.Combine(_there.Path, "text");
        for (var i = 0; i < 30; i++)
            _there.File($"text/{i % 3}/module_{i}.py", $"def function_{i}(argument):\n    return argument + {i}\n");
        _there.File("text/0/same.py", "def function_0(argument):\n    return argument + 0\n"); // as another one
        _there.File("text/empty.py", "");
        _there.File("text/.hidden.py", "x = 1\n");
        _there.File("text/notes.txt", "no Python");
        _there.File("text/lines.jsonl", "{\"text\": \"a = 1\"}\nno JSON\n");
        _there.File("elsewhere.py", "outside = True\n");
        File.CreateSymbolicLink(Path.Combine(folder, "link.py"), "0/module_0.py");
        File.CreateSymbolicLink(Path.Combine(folder, "outside.py"), Path.Combine(_there.Path, "elsewhere.py"));
        File.CreateSymbolicLink(Path.Combine(folder, "other.py"), "notes.txt");
        File.CreateSymbolicLink(Path.Combine(folder, "broken.py"), "nowhere.py");
        Directory.CreateSymbolicLink(Path.Combine(folder, "loop"), folder);
        using (var made = Process.Start("mkfifo", Path.Combine(folder, "pipe.py"))) made.WaitForExit();
        var job = new PrepareJob
        {
            Output = "corpus",
            Seed = 3,
            Corpus = new CorpusOptions
            {
                Files = new FilesOptions { Path = folder, Extensions = [".py", ".jsonl"], MaxBytes = 1200, MaxDamaged = 1 },
                ValidationFraction = 0.2,
            },
            Tokenizer = new TokenizerOptions { VocabSize = 270 },
        };

        var (expected, files) = Run(job, _there.Path);
        var (actual, copied) = Run(Copied(job), _here.Path);

        Assert.Equal(expected, actual);
        Assert.Equal(files, copied);
        // Otherwise the test would not say much.
        foreach (var reason in new[]
        {
            LeftOutReason.Hidden, LeftOutReason.OtherEnding, LeftOutReason.FolderLink, LeftOutReason.RepeatedLink, LeftOutReason.BrokenLink,
            LeftOutReason.NotAFile, LeftOutReason.BeyondMaxBytes,
        })
            Assert.Contains(JsonNamingPolicy.CamelCase.ConvertName($"{reason}"), expected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_file_is_a_corpus_and_a_file_that_could_not_be_read_there_is_counted_here()
    {
        var file = _there.File("all.txt", string.Concat(Enumerable.Range(0, 200).Select(i => $"the number {i} and words\n")));
        var job = new PrepareJob
        {
            Output = "corpus",
            Seed = 3,
            Corpus = new CorpusOptions { Files = new FilesOptions { Path = file }, ValidationFraction = 0.2 },
            Tokenizer = new TokenizerOptions { VocabSize = 270 },
        };
        Assert.Equal(Run(job, _there.Path).Result, Run(Copied(job), _here.Path).Result);

        var sources = JobSourceReader.Read(job);
        var closed = sources with
        {
            Corpus = sources.Corpus! with { Files = [.. sources.Corpus.Files, new ListedSource("closed.txt", 7, null)] },
        };
        const string Counted = "{\"reason\":\"unreadableFile\",\"count\":1,\"bytes\":7}";
        Assert.Contains(Counted, Run(Copied(job, closed), _here.Path).Result, StringComparison.Ordinal);
    }

    [Fact]
    public void Named_files_keep_their_names_and_stand_beside_those_that_they_stood_beside()
    {
        var reference = ReferenceFolder.Of("checkpoints", "whole");
        var source = new ImportedModel { Path = reference };
        var job = new ImportJob
        {
            Output = "imported",
            Seed = 1,
            Source = source,
            Corpus = null!,
            VocabSize = 280,
        };
        var copied = (ImportJob)Copied(job);
        Assert.StartsWith(_here.Path, copied.Source.Path, StringComparison.Ordinal);
        Assert.Equal(
            SourceFiles.Digest(SourceFiles.Of(source).Read()), SourceFiles.Digest(SourceFiles.Of(copied.Source).Read()));

        var tokenizer = new TokenizerOptions
        {
            EncoderPath = _there.File("t/encoder.json", "{}"),
            MergesPath = _there.File("t/vocab.bpe", "merges"),
        };
        var prepared = (PrepareJob)Copied(
            new PrepareJob { Output = "corpus", Seed = 1, Corpus = new CorpusOptions(), Tokenizer = tokenizer });
        Assert.Equal("{}", File.ReadAllText(prepared.Tokenizer.EncoderPath!));
        Assert.Equal("merges", File.ReadAllText(prepared.Tokenizer.MergesPath!));
        Assert.Equal("vocab.bpe", Path.GetFileName(prepared.Tokenizer.MergesPath));
    }

    [Fact]
    public void What_is_missing_is_said_by_the_machine_that_should_have_it()
    {
        var job = new PrepareJob
        {
            Output = "corpus",
            Seed = 1,
            Corpus = new CorpusOptions { Files = new FilesOptions { Path = "/no/such/folder" } },
            Tokenizer = new TokenizerOptions(),
        };
        var missing = Assert.Throws<InvalidDataException>(() => JobSourceReader.Read(job));
        Assert.Equal("corpus.files.path: /no/such/folder does not exist: expected a folder or a file of text", missing.Message);
    }

    [Fact]
    public void Most_jobs_read_nothing_but_files_of_the_sweep() => Assert.True(JobSourceReader.Read(
        TinySweep.PrepareJob).IsEmpty);

    public void Dispose()
    {
        _there.Dispose();
        _here.Dispose();
    }

    private static (string Result, SortedDictionary<string, byte[]> Files) Run(Job job, string root)
    {
        using var runner = new JobRunner();
        var result = runner.Run(job, new TestContext(root));
        var folder = Path.Combine(root, job.Output);
        return (
            JsonSerializer.Serialize(result, JobJson.Options),
            new(Directory.GetFiles(folder).ToDictionary(file => Path.GetFileName(file)!, File.ReadAllBytes), StringComparer.Ordinal));
    }

    /// <summary>The job as a machine has it that got the listing, and the copies that it names.</summary>
    private Job Copied(Job job, JobSources? listed = null)
    {
        var sources = listed ?? JobSourceReader.Read(job);
        Assert.False(sources.IsEmpty);
        var listing = _here.File($"{JobSources.Folder}/listing.json", JsonSerializer.SerializeToUtf8Bytes(sources, JobJson.Options));
        var read = JobSources.Load(listing);
        foreach (var copy in read.Copies()) _here.File(copy.Path, File.ReadAllBytes(sources.Originals[copy.Sha256]));
        return read.Of(job, _here.Path, listing);
    }
}
