using Microsoft.AspNetCore.Http;

namespace Sweeps.Orchestrator.Web;

/// <summary>A request is not answered as it wishes; the message says why, one sentence for whoever has sent it.</summary>
/// <param name="status">the status of the answer</param>
/// <param name="message">why</param>
/// <param name="innerException">what it was caused by, or null</param>
internal sealed class RequestException(int status, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public int Status => status;

    /// <summary>It says something that cannot be.</summary>
    public static RequestException Invalid(string message) => new(StatusCodes.Status400BadRequest, message);

    /// <summary>There is nothing of the name that it says.</summary>
    public static RequestException NotFound(string message) => new(StatusCodes.Status404NotFound, message);

    /// <summary>A command was understood, and is not done.</summary>
    public static RequestException Refused(string message) => new(StatusCodes.Status409Conflict, message);

    /// <summary>It cannot be answered at present; the same request may succeed later.</summary>
    public static RequestException Unavailable(string message, Exception? innerException = null) =>
        new(StatusCodes.Status503ServiceUnavailable, message, innerException);
}
