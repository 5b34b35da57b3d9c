using System.Security.Cryptography;
using System.Text;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Importing;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Writes down what a job reads outside of its sweep's folder. Needs no libtorch.</summary>
public static class JobSourceReader
{
    /// <summary>Reads what <paramref name="job"/> names for digests and lengths.</summary>
    /// <exception cref="InvalidDataException">something is missing, or not of the form that the job expects</exception>
    /// <exception cref="IOException">the disk fails</exception>
    /// <exception cref="UnauthorizedAccessException">a file that the job names may not be read</exception>
    public static JobSources Read(Job job)
    {
        var listing = new Listing();
        switch (job)
        {
            case PrepareJob prepare:
                foreach (var path in new[] { prepare.Tokenizer.EncoderPath, prepare.Tokenizer.MergesPath, prepare.Tokenizer.JsonPath })
                    if (path is not null) listing.AddFile(path);
                return listing.ToSources(prepare.Corpus.Files is { } files ? listing.Corpus(files) : null);
            case ImportJob { Source: var source }:
                listing.AddFolder(source.Path, SourceFiles.Of(source with { MappingPath = null }).Paths);
                if (source.MappingPath is { } mapping) listing.AddFile(mapping);
                return listing.ToSources(null);
            case GivenJob given:
                listing.AddFile(given.Source.Path);
                return listing.ToSources(null);
            default: return new JobSources();
        }
    }

    private sealed class Listing
    {
        private readonly List<ArtifactRef> _files = [];
        private readonly SortedDictionary<string, string> _paths = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _originals = new(StringComparer.Ordinal);

        public JobSources ToSources(CorpusListing? corpus) =>
            new() { Files = _files, Paths = _paths, Corpus = corpus, Originals = _originals };

        public void AddFile(string path) => _paths[path] = Add(Path.GetFullPath(path));

        /// <summary>Adds a file, or a folder of which some files are needed.</summary>
        public void AddFolder(string path, IReadOnlyList<string> files)
        {
            var copies = files.Select(Add).ToList();
            _paths[path] = Directory.Exists(path) ? Path.GetDirectoryName(copies[0])! : copies[0];
        }

        public CorpusListing Corpus(FilesOptions options)
        {
            var leftOut = new List<LeftOutSource>();
            var tally = new LeftOutTally { Added = (reason, name, bytes) => leftOut.Add(new LeftOutSource(reason, name, bytes)) };
            // What is left out is counted while the files are looked for.
            var files = FileListing.Walk(options, tally).Select(file => new ListedSource(file.Name, file.Bytes, Copy(file))).ToList();
            return new CorpusListing(files, leftOut);
        }

        private ArtifactRef? Copy(ListedFile file)
        {
            try
            {
                var read = SourceFile.Read(file.FullPath);
                _originals[read.Sha256] = Path.GetFullPath(file.FullPath);
                return new ArtifactRef($"{JobSources.Folder}/{read.Sha256}", read.Sha256, read.Bytes);
            }
            catch (Exception e) when (
                e is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException or PathTooLongException)
            {
                return null; // as the corpus itself takes it
            }
        }

        // By its name, and beside those that stood beside it: some files are found by that.
        private string Add(string full)
        {
            var read = SourceFile.Read(full);
            var beside = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetDirectoryName(full)!)))[..16];
            var copy = $"{JobSources.Folder}/{beside}/{Path.GetFileName(full)}";
            _originals[read.Sha256] = full;
            _files.Add(new ArtifactRef(copy, read.Sha256, read.Bytes));
            return copy;
        }
    }
}
