using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using Polly;
using Sweeps.Files;

namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>
/// Fetches files from other nodes, see <see cref="ArtifactServer"/>. A file that is interrupted goes on where it was; it appears whole,
/// with the digest that was asked for, or not at all. Thread-safe; what waits wants a thread for that, see <see cref="RunAsync"/>.
/// </summary>
internal sealed class ArtifactClient : IDisposable
{
    /// <summary>Most pieces of work with files at a time; more wait for their turn.</summary>
    public const int MostAtATime = 16;

    private readonly HttpClient _http;
    private readonly SemaphoreSlim _turns = new(MostAtATime);
    private readonly ResiliencePipeline _retries;
    private readonly TimeSpan _patience;
    private readonly string _scheme;

    /// <param name="certificate">by which it knows other nodes, and they it; null for a network that is trusted</param>
    /// <param name="time">the clock of pauses between tries</param>
    /// <param name="patience">how long another node may send nothing; default ten seconds</param>
    public ArtifactClient(ClusterCertificate? certificate, TimeProvider time, TimeSpan? patience = null)
    {
        _patience = patience ?? TimeSpan.FromSeconds(10);
        _scheme = certificate is null ? "http" : "https";
        _retries = Retries.Transfer.Build(time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = _patience,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            AutomaticDecompression = DecompressionMethods.None,
        };
        if (certificate is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [certificate.Own],
                RemoteCertificateValidationCallback = (_, other, chain, _) =>
                    certificate.Accepts(other as System.Security.Cryptography.X509Certificates.X509Certificate2, chain),
            };
        }
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Fetches a file into its place in a store.</summary>
    /// <param name="from">host:port of the node that has it</param>
    /// <param name="artifact">what is expected</param>
    /// <param name="store">where it goes; what is there is replaced</param>
    /// <param name="cancellation">gives it up</param>
    /// <exception cref="ArtifactLostException">the other node has no such file, or another one</exception>
    /// <exception cref="JobFailedException">
    /// the other node cannot be reached, or the disk is full or refuses (the world's fault)
    /// </exception>
    /// <exception cref="OperationCanceledException">it was given up</exception>
    public void Fetch(string from, ArtifactRef artifact, ArtifactStore store, CancellationToken cancellation)
    {
        try
        {
            store.WriteCopy(artifact, target => Download(from, artifact, target, cancellation));
        }
        catch (InvalidDataException e)
        {
            throw new ArtifactLostException($"{from} gives another file: {e.Message}");
        }
        catch (ArtifactTransferException e)
        {
            throw new JobFailedException(FailureKind.World, $"{artifact.Path} was not fetched from {from}: {e.Message}", e);
        }
    }

    /// <summary>Does work that waits for disks and networks, on a thread of its own, when it is its turn.</summary>
    /// <param name="work">the work</param>
    /// <param name="cancellation">gives up waiting for the turn; the work has its own</param>
    /// <exception cref="OperationCanceledException">it was given up</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _turns.Dispose();
    }

    private void Download(string from, ArtifactRef artifact, Stream target, CancellationToken cancellation)
    {
        var transfer = new Transfer(new Uri($"{_scheme}://{from}{ArtifactServer.Folder}{artifact.Sha256}"), artifact, target);
        _retries.Execute(
            token => GoOnAsync(transfer, token).GetAwaiter().GetResult(), cancellation);
    }

    private async Task GoOnAsync(Transfer transfer, CancellationToken cancellation)
    {
        var artifact = transfer.Artifact;
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            silence.CancelAfter(_patience);
            using var request = new HttpRequestMessage(HttpMethod.Get, transfer.From);
            if (transfer.Done > 0) request.Headers.Range = new RangeHeaderValue(transfer.Done, null);
            using var response = await Net(
                _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token), cancellation).ConfigureAwait(false);
            Check(response, transfer);
            using var body = await Net(response.Content.ReadAsStreamAsync(silence.Token), cancellation).ConfigureAwait(false);
            while (transfer.Done < artifact.Bytes)
            {
                silence.CancelAfter(_patience);
                var read = await Net(body.ReadAsync(buffer, silence.Token).AsTask(), cancellation).ConfigureAwait(false);
                if (read == 0) throw new ArtifactTransferException(string.Create(
                    CultureInfo.InvariantCulture, $"it ended after {transfer.Done} of {artifact.Bytes} bytes"));
                var taken = (int)Math.Min(read, artifact.Bytes - transfer.Done);
                transfer.Take(buffer.AsSpan(0, taken));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Check(HttpResponseMessage response, Transfer transfer)
    {
        var artifact = transfer.Artifact;
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent when response.Content.Headers.ContentRange?.From == transfer.Done: break;
            case HttpStatusCode.OK: transfer.BeginAgain(); break;
            case HttpStatusCode.NotFound:
                throw new ArtifactLostException($"{transfer.From.Authority} has no {artifact.Path} with SHA-256 {artifact.Sha256} to give");
            default:
                throw new ArtifactTransferException($"{transfer.From.Authority} answers {(int)response.StatusCode} to a request");
        }
        var length = response.Content.Headers.ContentRange?.Length ?? response.Content.Headers.ContentLength;
        if (length is { } bytes && bytes != artifact.Bytes)
        {
            throw new ArtifactLostException(string.Create(
                CultureInfo.InvariantCulture,
                $"{artifact.Path} of {transfer.From.Authority} has {bytes} bytes: expected {artifact.Bytes}"));
        }
    }

    // What the network refuses must not be taken for the disk's fault, which is tried again in another way.
    private async Task<T> Net<T>(Task<T> task, CancellationToken cancellation)
    {
        try
        {
            return await task.ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ArtifactTransferException(e.InnerException is { } cause ? $"{e.Message} ({cause.Message})" : e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new ArtifactTransferException($"nothing came for {_patience.TotalSeconds:0.#} s", e);
        }
    }

    /// <summary>How far a file is.</summary>
    private sealed class Transfer(Uri from, ArtifactRef artifact, Stream target)
    {
        public Uri From => from;

        public ArtifactRef Artifact => artifact;

        public long Done { get; private set; }

        public void Take(ReadOnlySpan<byte> bytes)
        {
            target.Write(bytes);
            Done += bytes.Length;
        }

        public void BeginAgain()
        {
            if (Done == 0) return;
            target.SetLength(0);
            Done = 0;
        }
    }
}
