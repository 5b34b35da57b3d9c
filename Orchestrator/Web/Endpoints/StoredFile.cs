using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Answers with files of a sweep's folder, which its journal names.</summary>
internal static class StoredFile
{
    /// <summary>A file of JSON, as it was written.</summary>
    /// <param name="sweep">whose it is</param>
    /// <param name="file">the file, by the word of the journal</param>
    /// <exception cref="JobFailedException">it is missing, or is not the one that was written</exception>
    public static IResult Of(ServedSweep sweep, ArtifactRef file) => TypedResults.Bytes(
        new ArtifactStore(sweep.Folder).ReadVerified(file), "application/json", entityTag: new EntityTagHeaderValue($"\"{file.Sha256}\""));
}
